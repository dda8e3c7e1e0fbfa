"""https://learn.microsoft.com/rest/api/storageservices/specifying-conditional-headers-for-blob-service-operations"""

from fake_s3.exchange import parse_http_date

from .errors import BlobError

HEADERS = frozenset({"if-match", "if-none-match", "if-modified-since", "if-unmodified-since"})
SOURCE = frozenset("x-ms-source-" + name for name in HEADERS)


def _same(text, blob):
    return text == "*" or text.strip('"') == blob.etag


def _fails(headers, blob, prefix=""):
    """The name of the header that does not hold of `blob`, or None."""
    get = lambda name: headers.get(prefix + name, "")
    if get("if-match") and not _same(get("if-match"), blob):
        return "if-match"
    if get("if-none-match") and _same(get("if-none-match"), blob):
        return "if-none-match"
    since = parse_http_date(get("if-modified-since")) if get("if-modified-since") else None
    if since is not None and int(blob.modified) <= since:
        return "if-modified-since"
    since = parse_http_date(get("if-unmodified-since")) if get("if-unmodified-since") else None
    if since is not None and int(blob.modified) > since:
        return "if-unmodified-since"
    return None


def check_read(headers, blob):
    failed = _fails(headers, blob)
    if failed in ("if-none-match", "if-modified-since"):
        raise BlobError("ConditionNotMet", 304, blob.tokens())
    if failed:
        raise BlobError("ConditionNotMet")


def check_change(headers, blob):
    """Of a blob that has to be there."""
    if _fails(headers, blob):
        raise BlobError("ConditionNotMet")


def check_write(headers, blob):
    """Of a write that makes one where there is none; `blob` may be None."""
    if blob is None:
        if headers.get("if-match"):
            raise BlobError("ConditionNotMet")
        return
    if headers.get("if-none-match") == "*":
        raise BlobError("BlobAlreadyExists")
    check_change(headers, blob)


def check_source(headers, blob):
    if _fails(headers, blob, "x-ms-source-"):
        raise BlobError("ConditionNotMet")
