"""Versions. https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html"""

from . import checksums
from .errors import S3Error, not_implemented
from .exchange import Response, iso_date
from .pages import Parameters, walk
from .routing import operation
from .storage import ENABLED, SUSPENDED
from .xmltext import document, parse


@operation("PUT", "bucket", needs={"versioning"}, body="xml", headers=checksums.HEADERS)
def put_bucket_versioning(service, request):
    bucket = service.bucket_of(request)
    root = parse(request.body, "VersioningConfiguration")
    if root.get("MfaDelete", "Disabled") != "Disabled":
        raise not_implemented("Element", "MfaDelete")
    status = root.get("Status")
    if status not in (ENABLED, SUSPENDED):
        raise S3Error("IllegalVersioningConfigurationException" if status is None else "MalformedXML")
    with bucket.lock:
        bucket.versioning = status
    return Response()


@operation("GET", "bucket", needs={"versioning"})
def get_bucket_versioning(service, request):
    bucket = service.bucket_of(request)
    return Response.xml(document("VersioningConfiguration", [("Status", bucket.versioning or None)]))


def _entry(service, parameters, version, is_latest):
    fields = [("Key", parameters.name(version.key)), ("VersionId", version.version_id), ("IsLatest", is_latest),
              ("LastModified", iso_date(version.modified)), ("Owner", service.owner())]
    if version.is_delete_marker:
        return "DeleteMarker", fields
    return "Version", [*fields, ("ETag", f'"{version.etag}"'), ("ChecksumAlgorithm", version.checksum.algorithm),
                       ("ChecksumType", version.checksum.type), ("Size", len(version.body)),
                       ("StorageClass", version.storage_class)]


def _rest_of(bucket, key, version_marker):
    """The versions of the marker's key that come after the marker; all when no version is named."""
    versions = bucket.versions(key)
    ids = [version.version_id for version in versions]
    return versions[ids.index(version_marker) + 1:] if version_marker in ids else []


def _entries(bucket, parameters, key_marker, version_marker):
    """(marker of the entry, version or None, is it the latest), in S3's order: by key, the newest first."""
    keys = bucket.keys_from("")
    if version_marker and key_marker in keys and key_marker.startswith(parameters.prefix):
        for version in _rest_of(bucket, key_marker, version_marker):
            yield (key_marker, version.version_id), version, False
    for name, _, _ in walk(keys, parameters.prefix, parameters.delimiter, key_marker):
        if parameters.is_group(name):
            yield (name, ""), None, False
            continue
        for index, version in enumerate(bucket.versions(name)):
            yield (name, version.version_id), version, index == 0


@operation("GET", "bucket", needs={"versions"},
           query={"prefix", "delimiter", "max-keys", "encoding-type", "key-marker", "version-id-marker"})
def list_object_versions(service, request):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html"""
    bucket = service.bucket_of(request)
    parameters = Parameters(request, service.limits, "max-keys")
    key_marker, version_marker = request.query.get("key-marker", ""), request.query.get("version-id-marker", "")
    if version_marker and not key_marker:
        raise S3Error("InvalidArgument", "A version-id marker cannot be specified without a key marker.",
                      ArgumentName="version-id-marker", ArgumentValue=version_marker)
    found, groups, last, is_truncated = [], [], ("", ""), False
    with bucket.lock:
        for marker, version, is_latest in _entries(bucket, parameters, key_marker, version_marker):
            if len(found) + len(groups) == parameters.most:
                is_truncated = parameters.most > 0
                break
            last = marker
            if version is None:
                groups.append(marker[0])
            else:
                found.append(_entry(service, parameters, version, is_latest))
    result = [("Name", bucket.name), *parameters.fields(), ("KeyMarker", parameters.name(key_marker)),
              ("VersionIdMarker", version_marker), ("MaxKeys", parameters.most), ("IsTruncated", is_truncated),
              ("NextKeyMarker", parameters.name(last[0]) if is_truncated else None),
              ("NextVersionIdMarker", last[1] or None if is_truncated else None), *found, *parameters.groups(groups)]
    return Response.xml(document("ListVersionsResult", result))
