"""If-Match and its kin.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-reads.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
"""

from .errors import S3Error, not_implemented
from .exchange import http_date, parse_http_date

READ = ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since")
WRITE = ("if-match", "if-none-match")
ALL = (*READ, "if-range")


def _failed(condition):
    return S3Error("PreconditionFailed", None, Condition=condition)


def _matches(text, etag):
    return any(tag in ("*", f'"{etag}"', etag) for tag in (part.strip() for part in text.split(",")))


def _date(headers, name):
    text = headers.get(name)
    return None if text is None else parse_http_date(text)


def check_read(headers, version):
    """Raises 412 or 304. Where two conditions are combined, the ETag decides: conditional-reads.html."""
    # HTTP's dates have no fractions.
    modified = int(version.modified)
    match, unmodified = headers.get("if-match"), _date(headers, "if-unmodified-since")
    if match is not None:
        if not _matches(match, version.etag):
            raise _failed("If-Match")
    elif unmodified is not None and modified > unmodified:
        raise _failed("If-Unmodified-Since")
    none_match, since = headers.get("if-none-match"), _date(headers, "if-modified-since")
    not_modified = {"ETag": f'"{version.etag}"', "Last-Modified": http_date(version.modified)}
    if none_match is not None:
        if _matches(none_match, version.etag):
            raise S3Error("NotModified", headers=not_modified)
    elif since is not None and modified <= since:
        raise S3Error("NotModified", headers=not_modified)


def check_copy_source(headers, version):
    """The same of a copy's source, where all that fails is 412: API_CopyObject.html."""
    prefix = "x-amz-copy-source-"
    of_source = {name: headers[prefix + name] for name in READ if prefix + name in headers}
    try:
        check_read(of_source, version)
    except S3Error as error:
        condition = error.details.get("Condition") or ("If-None-Match" if "if-none-match" in of_source else
                                                       "If-Modified-Since")
        raise _failed("x-amz-copy-source-" + condition) from error


class WriteCondition:
    """Of a put, a copy's destination or the end of an upload. `check` is called under the bucket's lock."""

    def __init__(self, request):
        self._match = request.header("if-match", None)
        self._none_match = request.header("if-none-match", None)
        self._ticket = request.ticket
        # "Expects the '*' (asterisk) character", "Expects the ETag value as a string": API_PutObject.html
        if self._none_match not in (None, "*"):
            raise not_implemented("Header", "If-None-Match")
        if self._match is not None and (self._match == "*" or self._none_match is not None):
            raise not_implemented("Header", "If-Match")

    def check(self, bucket, key):
        if self._match is None and self._none_match is None:
            return
        live, now = bucket.live(key), bucket.ticket(key)
        if self._none_match is not None:
            if live is not None:
                raise _failed("If-None-Match")
            # "…if a delete request to an object succeeds before a conditional write operation on that object
            # completes"
            if now.deletes != self._ticket.deletes:
                raise S3Error("ConditionalRequestConflict", None, Condition="If-None-Match", Key=key)
            return
        if live is None:
            raise S3Error("NoSuchKey", None, Key=key)
        if now != self._ticket:
            raise S3Error("ConditionalRequestConflict", None, Condition="If-Match", Key=key)
        if not _matches(self._match, live.etag):
            raise _failed("If-Match")


def check_delete(match, bucket, key):
    """Of the current version only; `*` asks that there be one. Called under the bucket's lock."""
    if match is None:
        return
    live = bucket.live(key)
    if live is None:
        raise S3Error("NoSuchKey", None, Key=key)
    if not _matches(match, live.etag):
        raise _failed("If-Match")
