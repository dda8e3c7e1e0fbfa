"""Uploads in parts. https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html"""

import hashlib
import re
import secrets
import time
from dataclasses import dataclass, field

from . import attributes, checksums
from .checksums import COMPOSITE
from .completion import complete
from .conditions import WRITE
from .copying import SOURCE_HEADERS, find_source, source_version_header
from .errors import S3Error
from .exchange import Response, iso_date
from .routing import operation
from .storage import Version
from .xmltext import document


@dataclass
class Part:
    body: bytes
    etag: str
    checksum: object
    modified: float


@dataclass
class Upload:
    id: str
    draft: Version                 # What it will be, without bytes.
    algorithm: str                 # Of its checksums, or "" where none was named.
    checksum_type: str
    initiated: float = field(default_factory=time.time)
    parts: dict = field(default_factory=dict)


def find_upload(service, request):
    bucket = service.bucket_of(request)
    upload = bucket.uploads.get(request.query["uploadId"])
    if upload is None or upload.draft.key != request.key:
        raise S3Error("NoSuchUpload", None, UploadId=request.query["uploadId"])
    return bucket, upload


def checksum_fields(upload):
    return [("ChecksumAlgorithm", upload.algorithm), ("ChecksumType", upload.checksum_type)] if upload.algorithm else []


@operation("POST", "object", needs={"uploads"},
           headers=attributes.TAKEN | {"x-amz-checksum-algorithm", "x-amz-checksum-type"})
def create_multipart_upload(service, request):
    bucket = service.bucket_of(request)
    draft = Version(request.key)
    attributes.fill(draft, request, service.limits)
    algorithm, kind = request.header("x-amz-checksum-algorithm"), request.header("x-amz-checksum-type")
    if algorithm:
        algorithm = checksums.known(algorithm)
        kind = checksums.allowed_type(algorithm, kind)
    elif kind:
        raise S3Error("InvalidRequest", "The x-amz-checksum-type header can only be used with the "
                      "x-amz-checksum-algorithm header.")
    upload = Upload(secrets.token_urlsafe(48), draft, algorithm, kind)
    with bucket.lock:
        bucket.uploads[upload.id] = upload
    headers = dict(draft.encryption)
    if algorithm:
        headers.update({"x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": kind})
    result = [("Bucket", bucket.name), ("Key", request.key), ("UploadId", upload.id)]
    return Response.xml(document("InitiateMultipartUploadResult", result), headers)


def _part_number(service, request):
    text = request.query["partNumber"]
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= service.limits.max_parts:
        raise S3Error("InvalidArgument", f"Part number must be an integer between 1 and {service.limits.max_parts}, "
                      "inclusive", ArgumentName="partNumber", ArgumentValue=text)
    return int(text)


def _part_checksum(upload, given, body):
    """What the part is stored with. A composite checksum needs each part's, one of the whole object does not."""
    sent, expected = given.algorithm if given else "", upload.algorithm
    differs = sent != expected and (sent or upload.checksum_type == COMPOSITE)
    if differs and not (not expected and sent == "CRC64NVME"):
        raise S3Error("InvalidRequest", "Checksum Type mismatch occurred, expected checksum Type: "
                      f"{(expected or 'null').lower()}, actual checksum Type: {(sent or 'null').lower()}")
    return given or checksums.compute(expected or "CRC64NVME", body)


def _store(service, request, number, body, given):
    bucket, upload = find_upload(service, request)
    if len(body) > service.limits.max_part:
        raise S3Error("EntityTooLarge", None, ProposedSize=len(body), MaxSizeAllowed=service.limits.max_part)
    part = Part(body, hashlib.md5(body).hexdigest(), _part_checksum(upload, given, body), time.time())
    with bucket.lock:
        if bucket.uploads.get(upload.id) is not upload:
            raise S3Error("NoSuchUpload", None, UploadId=upload.id)
        upload.parts[number] = part
    return upload, part


@operation("PUT", "object", needs={"partNumber", "uploadId"}, headers=checksums.HEADERS, body="bytes")
def upload_part(service, request):
    upload, part = _store(service, request, _part_number(service, request), request.body, request.checksum)
    headers = part.checksum.headers() if upload.algorithm or request.checksum else {}
    headers.pop(checksums.PREFIX + "type", None)
    return Response(headers={"ETag": f'"{part.etag}"', **upload.draft.encryption, **headers})


@operation("PUT", "object", needs={"partNumber", "uploadId"}, with_header="x-amz-copy-source",
           headers=SOURCE_HEADERS | {"x-amz-copy-source-range"})
def upload_part_copy(service, request):
    number = _part_number(service, request)
    _, upload = find_upload(service, request)
    source_bucket, source = find_source(service, request)
    body = source.body
    text = request.header("x-amz-copy-source-range", None)
    if text is not None:
        if len(body) <= service.limits.min_ranged_copy:
            raise S3Error("InvalidRequest", "A range can be copied only of a source that is larger than "
                          f"{service.limits.min_ranged_copy} bytes")
        body = body[slice(*_copy_range(text, len(body)))]
    if len(body) > service.limits.max_copy:
        raise S3Error("InvalidRequest", "The specified copy source is larger than the maximum allowable size for a "
                      f"copy source: {service.limits.max_copy}")
    given = checksums.compute(upload.algorithm, body) if upload.algorithm else None
    upload, part = _store(service, request, number, body, given)
    result = [("LastModified", iso_date(part.modified)), ("ETag", f'"{part.etag}"'),
              *(part.checksum.elements() if upload.algorithm else [])]
    headers = {**upload.draft.encryption, **source_version_header(source_bucket, source)}
    return Response.xml(document("CopyPartResult", result), headers)


def _copy_range(text, size):
    """Both ends must be there, and in the object: API_UploadPartCopy.html."""
    found = re.fullmatch(r"bytes=(\d+)-(\d+)", text)
    if not found or int(found[1]) > int(found[2]):
        raise S3Error("InvalidArgument", "The x-amz-copy-source-range value must be of the form bytes=first-last where "
                      "first and last are the zero-based offsets of the first and last bytes to copy",
                      ArgumentName="x-amz-copy-source-range", ArgumentValue=text)
    if int(found[2]) >= size:
        raise S3Error("InvalidArgument", f"Range specified is not valid for source object of size: {size}",
                      ArgumentName="x-amz-copy-source-range", ArgumentValue=text)
    return int(found[1]), int(found[2]) + 1


@operation("POST", "object", needs={"uploadId"}, body="xml",
           headers=checksums.HEADERS | {*WRITE, "x-amz-checksum-type", "x-amz-mp-object-size"})
def complete_multipart_upload(service, request):
    return complete(service, request)


@operation("DELETE", "object", needs={"uploadId"})
def abort_multipart_upload(service, request):
    bucket, upload = find_upload(service, request)
    with bucket.lock:
        if bucket.uploads.pop(upload.id, None) is None:
            raise S3Error("NoSuchUpload", None, UploadId=upload.id)
    return Response(204)


@operation("GET", "object", needs={"uploadId"}, query={"max-parts", "part-number-marker", "encoding-type"})
def list_parts(service, request):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html"""
    bucket, upload = find_upload(service, request)
    if "encoding-type" in request.query:
        raise S3Error("NotImplemented", None, Query="encoding-type")
    most = request.number("max-parts", 1000, 0, service.limits.max_page)
    after = request.number("part-number-marker", 0, 0, service.limits.max_parts)
    with bucket.lock:
        parts = sorted((number, part) for number, part in upload.parts.items() if number > after)
    page = parts[:most]
    result = [("Bucket", bucket.name), ("Key", request.key), ("UploadId", upload.id), ("Initiator", service.owner()),
              ("Owner", service.owner()), ("StorageClass", upload.draft.storage_class), ("PartNumberMarker", after),
              ("NextPartNumberMarker", page[-1][0] if page else 0), ("MaxParts", most),
              ("IsTruncated", len(parts) > len(page)), *checksum_fields(upload)]
    result += [("Part", [("PartNumber", number), ("LastModified", iso_date(part.modified)), ("ETag", f'"{part.etag}"'),
                         ("Size", len(part.body)), *(part.checksum.elements() if upload.algorithm else [])])
               for number, part in page]
    return Response.xml(document("ListPartsResult", result))
