"""PutObject, GetObject, HeadObject, DeleteObject."""

import hashlib
import re

from . import attributes, checksums
from .conditions import READ, WRITE, WriteCondition, check_delete, check_read
from .errors import S3Error
from .exchange import Response
from .routing import operation
from .storage import Version

_GET_QUERY = {"versionId", "partNumber", *attributes.OVERRIDES}
_GET_HEADERS = {*READ, "range", "x-amz-checksum-mode"}


@operation("PUT", "object", headers=attributes.TAKEN | checksums.HEADERS | set(WRITE), body="bytes")
def put_object(service, request):
    bucket = service.bucket_of(request)
    condition = WriteCondition(request)
    version = Version(request.key, request.body, hashlib.md5(request.body).hexdigest())
    attributes.fill(version, request, service.limits)
    version.checksum = request.checksum or checksums.default(request.body)
    with bucket.lock:
        condition.check(bucket, request.key)
        bucket.publish(version)
    return Response(headers={"ETag": f'"{version.etag}"', **version.encryption, **version.checksum.headers(),
                             **bucket.version_header(version)})


def parse_range(text, size):
    """(first, last), or None for a header to be ignored: RFC 9110 14.2, and that S3 serves one range only."""
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", text.strip())
    if not found or found[1] == found[2] == "":
        return None
    if not found[1]:
        wanted = int(found[2])
        first, last = max(size - wanted, 0), size - 1
        if wanted == 0 or size == 0:
            raise _unsatisfiable(text, size)
        return first, last
    first, last = int(found[1]), int(found[2]) if found[2] else size - 1
    if found[2] and last < first:
        return None
    if first >= size:
        raise _unsatisfiable(text, size)
    return first, min(last, size - 1)


def _unsatisfiable(text, size):
    return S3Error("InvalidRange", None, {"Content-Range": f"bytes */{size}"}, RangeRequested=text,
                   ActualObjectSize=size)


def _part_range(request, version, headers):
    """Of partNumber=: the bytes of that part. API_GetObject.html"""
    number = request.number("partNumber", 0, 1, 10**9)
    if not number:
        return None
    if request.header("range"):
        raise S3Error("InvalidRequest", "Cannot specify both Range header and partNumber query parameter")
    sizes = version.part_sizes or [len(version.body)]
    if number > len(sizes):
        raise S3Error("InvalidPartNumber", None, ActualPartCount=len(sizes), PartNumberRequested=number)
    if version.part_sizes:
        headers["x-amz-mp-parts-count"] = str(len(sizes))
    first = sum(sizes[:number - 1])
    return (first, first + sizes[number - 1] - 1) if sizes[number - 1] else None


def _read(service, request):
    bucket, version = service.version_of(request)
    check_read(request.headers, version)
    mode = request.header("x-amz-checksum-mode")
    if mode not in ("", "ENABLED"):
        raise S3Error("InvalidArgument", None, ArgumentName="x-amz-checksum-mode", ArgumentValue=mode)
    size = len(version.body)
    headers = {}
    text = request.header("range")
    span = parse_range(text, size) if text else _part_range(request, version, headers)
    # The checksum is of the whole object: with a part of its bytes it would be of no use.
    of_version = attributes.reply_headers(version, bool(mode) and span is None)
    headers = {**of_version, **bucket.version_header(version), **headers}
    attributes.override(request, headers)
    if span is None:
        return Response(200, memoryview(version.body), headers)
    headers["Content-Range"] = f"bytes {span[0]}-{span[1]}/{size}"
    return Response(206, memoryview(version.body)[span[0]:span[1] + 1], headers)


@operation("GET", "object", query=_GET_QUERY, headers=_GET_HEADERS)
def get_object(service, request):
    return _read(service, request)


@operation("HEAD", "object", query=_GET_QUERY, headers=_GET_HEADERS)
def head_object(service, request):
    return _read(service, request)


@operation("DELETE", "object", query={"versionId"}, headers={"if-match"})
def delete_object(service, request):
    bucket = service.bucket_of(request)
    deleted = delete_one(bucket, request.key, request.query.get("versionId"), request.header("if-match", None))
    return Response(204, headers=deleted.headers())


class Deleted:
    """What was done: https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html"""

    def __init__(self, marker_made=None, version_id=None, was_marker=False):
        self.marker_made = marker_made
        self.version_id = version_id
        self.was_marker = was_marker

    def headers(self):
        headers = {"x-amz-delete-marker": "true"} if self.marker_made or self.was_marker else {}
        version_id = self.marker_made.version_id if self.marker_made else self.version_id
        return {**headers, **({"x-amz-version-id": version_id} if version_id else {})}


def delete_one(bucket, key, version_id, match):
    """That there is no such object or version is no error."""
    with bucket.lock:
        check_delete(match, bucket, key)
        if version_id is None:
            return Deleted(marker_made=bucket.remove(key))
        gone = bucket.remove_version(key, version_id)
        return Deleted(version_id=version_id, was_marker=gone is not None and gone.is_delete_marker)
