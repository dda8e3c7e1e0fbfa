"""The bytes of objects. https://cloud.google.com/storage/docs/xml-api/get-object-download"""

import datetime
import gzip
import re

from . import errors
from .exchange import Reply
from .store import Conditions

_HEADERS = {"contentType": "Content-Type", "contentEncoding": "Content-Encoding", "contentLanguage": "Content-Language",
            "contentDisposition": "Content-Disposition", "cacheControl": "Cache-Control"}


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
    record = store.insert(bucket, name, request.body,
                          {"contentType": request.header("content-type") or "application/octet-stream"}, Conditions())
    return Reply(200, b"", {"x-goog-generation": str(record.generation), "x-goog-hash": f"crc32c={record.crc}"})


def remove(store, request, bucket, name):
    """https://cloud.google.com/storage/docs/xml-api/delete-object"""
    request.only("generation")
    store.remove(bucket, name, request.number("generation"), Conditions())
    return Reply(204)


def send(store, request, bucket, name):
    request.only("generation", "ifGenerationMatch", "ifGenerationNotMatch", "ifMetagenerationMatch")
    record = store.find(bucket, name, request.number("generation"))
    request.conditions().check(record, reading=True)
    Conditions(_number(request, "x-goog-if-generation-match"), None,
               _number(request, "x-goog-if-metageneration-match")).check(record, reading=True)
    headers, data = _headers(record), record.data
    # https://cloud.google.com/storage/docs/transcoding#decompressive_transcoding
    if record.attributes.get("contentEncoding") == "gzip" and "gzip" not in request.header("accept-encoding"):
        del headers["Content-Encoding"]
        try:
            return Reply(200, gzip.decompress(data), headers)
        except OSError:
            raise errors.GcsError(503, "backendError", "the object is not gzip") from None
    span = _span(request.header("range"), len(data)) if request.header("range") else None
    if span is None:
        return Reply(200, data, headers)
    headers["Content-Range"] = f"bytes {span[0]}-{span[1] - 1}/{len(data)}"
    return Reply(206, data[span[0]:span[1]], headers)
