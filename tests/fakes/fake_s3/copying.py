"""CopyObject, and what UploadPartCopy shares with it."""

import hashlib
import re

from . import attributes, checksums
from .conditions import READ, WRITE, WriteCondition, check_copy_source
from .errors import S3Error, not_implemented
from .exchange import Response, decode, iso_date
from .routing import operation
from .storage import Version, find_version
from .xmltext import document

_ACCESS_POINT = re.compile(r"arn:aws:s3:[a-z0-9-]+:(?P<account>\d{12}):accesspoint[/:](?P<name>[a-z0-9-]+)/object/(?P<key>.*)",
                           re.DOTALL)
SOURCE_HEADERS = {*("x-amz-copy-source-" + name for name in READ), "x-amz-source-expected-bucket-owner"}


def _bucket_and_key(source):
    """An access point leads to the bucket of its host's label, as with requests. userguide/access-points-naming.html"""
    if not source.startswith("arn:"):
        name, _, key = source.partition("/")
        return name, key
    point = _ACCESS_POINT.fullmatch(source)
    if not point:
        raise not_implemented("Header", "x-amz-copy-source: an ARN that is none of an access point")
    return f"{point['name']}-{point['account']}", point["key"]


def find_source(service, request):
    """(bucket, version) that x-amz-copy-source names, with its conditions checked. API_CopyObject.html"""
    text, _, query = request.header("x-amz-copy-source").partition("?")
    if query and not query.startswith("versionId="):
        raise S3Error("InvalidArgument", "Unsupported copy source parameter.", ArgumentName="x-amz-copy-source",
                      ArgumentValue=request.header("x-amz-copy-source"))
    name, key = _bucket_and_key(decode(text.removeprefix("/")))
    if not name or not key:
        raise S3Error("InvalidArgument", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
                      ArgumentName="x-amz-copy-source", ArgumentValue=text)
    bucket = service.store.get(name)
    version_id = decode(query.removeprefix("versionId=")) or None
    version = find_version(bucket, key, version_id)
    check_copy_source(request.headers, version)
    return bucket, version


def source_version_header(bucket, version):
    return {"x-amz-copy-source-version-id": version.version_id} if bucket.versioning else {}


def _directive(request, name):
    value = request.header(name) or "COPY"
    if value not in ("COPY", "REPLACE"):
        raise S3Error("InvalidArgument", f"Unknown {name}.", ArgumentName=name, ArgumentValue=value)
    return value == "REPLACE"


def _check_onto_itself(request, bucket, source_bucket, source, changes):
    """That needs other metadata, storage class or encryption: API_CopyObject.html."""
    same = bucket is source_bucket and source.key == request.key and source is bucket.current(request.key)
    if same and not changes:
        raise S3Error("InvalidRequest", "This copy request is illegal because it is trying to copy an object to itself "
                      "without changing the object's metadata, storage class, website redirect location or encryption "
                      "attributes.")


def _fill(copy, source, request, limits):
    replaces, retags = _directive(request, "x-amz-metadata-directive"), _directive(request, "x-amz-tagging-directive")
    attributes.check_acl(request)
    copy.headers = attributes.content(request) if replaces else dict(source.headers)
    copy.metadata = attributes.metadata(request, limits) if replaces else dict(source.metadata)
    copy.tags = attributes.tags(request) if retags else dict(source.tags)
    # Neither is taken along: "By default, Amazon S3 uses the STANDARD storage class".
    copy.storage_class = attributes.storage_class(request)
    copy.encryption = attributes.encryption(request)
    algorithm = request.header("x-amz-checksum-algorithm")
    # Of several parts' checksums none stays: the copy is one part. userguide/checking-object-integrity.html
    kept = source.checksum.algorithm if source.checksum else "CRC64NVME"
    copy.checksum = checksums.compute(checksums.known(algorithm or kept), copy.body)
    return replaces or copy.encryption != source.encryption or copy.storage_class != source.storage_class


@operation("PUT", "object", with_header="x-amz-copy-source", body="none",
           headers=attributes.TAKEN | SOURCE_HEADERS | {*WRITE, "x-amz-metadata-directive", "x-amz-tagging-directive",
                                                        "x-amz-checksum-algorithm"})
def copy_object(service, request):
    bucket = service.bucket_of(request)
    condition = WriteCondition(request)
    source_bucket, source = find_source(service, request)
    if len(source.body) > service.limits.max_copy:
        raise S3Error("InvalidRequest", "The specified copy source is larger than the maximum allowable size for a "
                      f"copy source: {service.limits.max_copy}")
    copy = Version(request.key, source.body, hashlib.md5(source.body).hexdigest())
    changes = _fill(copy, source, request, service.limits)
    with bucket.lock:
        _check_onto_itself(request, bucket, source_bucket, source, changes)
        condition.check(bucket, request.key)
        bucket.publish(copy)
    headers = {**copy.encryption, **bucket.version_header(copy), **source_version_header(source_bucket, source)}
    result = [("LastModified", iso_date(copy.modified)), ("ETag", f'"{copy.etag}"'),
              ("ChecksumType", copy.checksum.type), *copy.checksum.elements()]
    return Response.xml(document("CopyObjectResult", result), headers)
