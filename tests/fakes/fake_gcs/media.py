"""The bytes of objects. https://cloud.google.com/storage/docs/xml-api/get-object-download"""

import base64
import datetime
import gzip
import hashlib
import re

from . import errors
from .crc32c import crc32c
from .exchange import Reply
from .store import Conditions

_HEADERS = {"contentType": "Content-Type", "contentEncoding": "Content-Encoding", "contentLanguage": "Content-Language",
            "contentDisposition": "Content-Disposition", "cacheControl": "Cache-Control"}
_META = "x-goog-meta-"
# Of GET: https://cloud.google.com/storage/docs/xml-api/reference-headers#responsecontentdisposition
_OVERRIDES = {"response-content-type": "contentType", "response-content-disposition": "contentDisposition"}
# https://cloud.google.com/storage/docs/xml-api/reference-headers
_GENERATION, _METAGENERATION = "x-goog-if-generation-match", "x-goog-if-metageneration-match"
_KNOWN = {_GENERATION, _METAGENERATION, "x-goog-api-client", "x-goog-content-sha256", "x-goog-user-project"}


def _only(request, *more):
    """A header that the operation does not know would be a wish that is not granted."""
    unknown = {name for name in request.headers if name.startswith(("x-goog-", "if-")) and not name.startswith(more or "?")}
    if unknown - _KNOWN:
        raise errors.invalid(f"the fake does not know {', '.join(sorted(unknown - _KNOWN))} here")


def _conditions(request):
    return Conditions(_number(request, _GENERATION), None, _number(request, _METAGENERATION))


def _check_digests(request):
    """https://cloud.google.com/storage/docs/xml-api/reference-headers#xgooghash"""
    found = {"crc32c": crc32c(request.body), "md5": base64.b64encode(hashlib.md5(request.body).digest()).decode()}
    said = [part.strip().partition("=")[::2] for part in request.header("x-goog-hash").split(",") if part.strip()]
    if request.header("content-md5"):
        said.append(("md5", request.header("content-md5")))
    for kind, digest in said:
        if found.get(kind) != digest:
            raise errors.GcsError(400, "invalid", f"The {kind} you specified did not match what we computed.", "BadDigest")


def _number(request, header):
    text = request.header(header)
    if text and not text.isdigit():
        raise errors.invalid(f"Invalid {header}: {text}")
    return int(text) if text else None


def _headers(record):
    when = datetime.datetime.fromisoformat(record.updated.replace("Z", "+00:00"))
    headers = {"Content-Type": "application/octet-stream", "Cache-Control": "private, max-age=0",
               "x-goog-generation": str(record.generation), "x-goog-metageneration": str(record.metageneration),
               "x-goog-hash": f"crc32c={record.crc}", "x-goog-stored-content-length": str(len(record.data)),
               "x-goog-storage-class": record.attributes.get("storageClass", "STANDARD"),
               "x-goog-stored-content-encoding": record.attributes.get("contentEncoding", "identity"),
               "Last-Modified": when.strftime("%a, %d %b %Y %H:%M:%S GMT"), "ETag": f'"{record.crc}"'}
    for field, header in _HEADERS.items():
        if field in record.attributes:
            headers[header] = record.attributes[field]
    for name, value in record.attributes.get("metadata", {}).items():
        headers[f"x-goog-meta-{name}"] = value
    return headers


def _span(text, size):
    """First and past-the-last byte; None for a header that is to be ignored."""
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", text)
    if not match or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        begin, end = max(size - int(last), 0), size
        refused = int(last) == 0 or size == 0
    else:
        begin, end = int(first), min(int(last) + 1, size) if last else size
        refused = begin >= size
    if refused:
        raise errors.GcsError(416, "requestedRangeNotSatisfiable", "The requested range cannot be satisfied.")
    return begin, end


def put(store, request, bucket, name):
    """https://cloud.google.com/storage/docs/xml-api/put-object"""
    request.only()
    _only(request, "x-goog-hash", "x-goog-storage-class", _META)
    _check_digests(request)
    attributes = {field: request.header(header) for field, header in
                  {**_HEADERS, "storageClass": "x-goog-storage-class"}.items() if request.header(header)}
    attributes.setdefault("contentType", "application/octet-stream")
    attributes["metadata"] = {header[len(_META):]: value for header, value in request.headers.items() if header.startswith(_META)}
    record = store.insert(bucket, name, request.body, attributes, _conditions(request))
    return Reply(200, b"", {"x-goog-generation": str(record.generation), "x-goog-hash": f"crc32c={record.crc}"})


def remove(store, request, bucket, name):
    """https://cloud.google.com/storage/docs/xml-api/delete-object"""
    request.only("generation")
    _only(request)
    store.remove(bucket, name, request.number("generation"), _conditions(request))
    return Reply(204)


def _override(request, record, headers):
    """What the object has of its own stays: https://github.com/googleapis/google-cloud-ruby/pull/1574"""
    for parameter, field in _OVERRIDES.items():
        if parameter in request.query and field not in record.attributes:
            headers[_HEADERS[field]] = request.query[parameter]


def send(store, request, bucket, name):
    request.only("generation", "ifGenerationMatch", "ifGenerationNotMatch", "ifMetagenerationMatch",
                 *(_OVERRIDES if request.method == "GET" else ()))
    _only(request)
    record = store.find(bucket, name, request.number("generation"))
    request.conditions().check(record, reading=True)
    _conditions(request).check(record, reading=True)
    headers, data = _headers(record), record.data
    _override(request, record, headers)
    # https://cloud.google.com/storage/docs/transcoding#decompressive_transcoding
    if record.attributes.get("contentEncoding") == "gzip" and "gzip" not in request.header("accept-encoding"):
        del headers["Content-Encoding"]
        try:
            return Reply(200, gzip.decompress(data), headers)
        except OSError:
            raise errors.GcsError(503, "backendError", "the object is not gzip") from None
    # The service does so from some 8 MiB on: https://github.com/apache/arrow-rs-object-store/issues/774
    chunked = record.attributes.get("contentEncoding") == "gzip"
    span = _span(request.header("range"), len(data)) if request.header("range") else None
    if span is None:
        return Reply(200, data, headers, chunked)
    headers["Content-Range"] = f"bytes {span[0]}-{span[1] - 1}/{len(data)}"
    return Reply(206, data[span[0]:span[1]], headers, chunked)
