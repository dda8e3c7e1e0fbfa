"""Blobs in one request: put, get, head, delete, snapshot, undelete."""

import re

from fake_s3.exchange import Response

from . import conditions, digests, leases, properties, sas
from .errors import BlobError
from .names import metadata_of
from .routing import operation
from .storage import Blob

_READ_HEADERS = conditions.HEADERS | leases.HEADERS | {"range", "x-ms-range", "x-ms-range-get-content-md5",
                                                      "x-ms-range-get-content-crc64"}
WRITE_HEADERS = conditions.HEADERS | leases.HEADERS | properties.TAKEN | digests.HEADERS


def check_pending(blob):
    """rest/api/storageservices/copy-blob: nothing else may write to the destination."""
    if blob and blob.copy and blob.copy.status == "pending":
        raise BlobError("PendingCopyOperation")


def check_write(service, container, request):
    """Under the container's lock, before anything changes."""
    old = container.blobs.get(request.blob)
    if request.may is not None and "w" not in request.may and old is not None:
        raise BlobError("UnauthorizedBlobOverwrite")  # A signature that may only create.
    conditions.check_write(request.headers, old)
    leases.check_write(container, request, service.verifier.now())
    check_pending(old)
    if old and old.tier == "Archive" and not request.query.get("comp"):
        raise BlobError("BlobArchived")


@operation("PUT", "blob", "", "cw", headers=WRITE_HEADERS, with_header="x-ms-blob-type", body="bytes")
def put_blob(service, request):
    """https://learn.microsoft.com/rest/api/storageservices/put-blob"""
    if request.header("x-ms-blob-type") != "BlockBlob":
        raise BlobError("UnsupportedHeader", HeaderName="x-ms-blob-type")  # Page and append blobs are not there.
    container = service.container_of(request)
    blob = Blob(request.blob, request.body)
    properties.fill(blob, request, service.limits)
    if "Content-MD5" in blob.headers and blob.headers["Content-MD5"] != digests.md5_of(request.body):
        digests.check_md5_form(blob.headers["Content-MD5"])
        raise BlobError("Md5Mismatch")
    blob.headers["Content-MD5"] = digests.md5_of(request.body)
    with container.lock:
        check_write(service, container, request)
        container.publish(blob, service.limits.versioning)
    return created(blob, digests.reply(request))


def created(blob, more=None):
    headers = {**blob.tokens(), "x-ms-request-server-encrypted": "true", **(more or {})}
    if blob.version:
        headers["x-ms-version-id"] = blob.version
    return Response(201, headers=headers)


def parse_range(request, size):
    """(first, last), or None for all. x-ms-range wins; there are no suffix ranges:
    rest/api/storageservices/specifying-the-range-header-for-blob-service-operations"""
    text = request.header("x-ms-range") or request.header("range")
    if not text:
        return None
    found = re.fullmatch(r"bytes=(\d+)-(\d*)", text)
    if not found or (found[2] and int(found[2]) < int(found[1])):
        raise BlobError("InvalidHeaderValue", HeaderName="Range", HeaderValue=text)
    if int(found[1]) >= size:
        raise BlobError("InvalidRange", headers={"Content-Range": f"bytes */{size}"})
    return int(found[1]), min(int(found[2] or size), size - 1)


def _check_readable(blob):
    if blob.tier == "Archive":
        raise BlobError("BlobBeingRehydrated" if blob.archive_status else "BlobArchived")


def _check_lease(service, container, request):
    """A read need not say a lease, but the one that it says must be there."""
    if "x-ms-lease-id" in request.headers:
        leases.check_write(container, request, service.verifier.now())


def _headers(service, request, container, blob):
    headers = properties.headers_of(container, blob, service.verifier.now())
    for name, header in sas.OVERRIDES.items():
        if name in request.query:
            headers[header] = request.query[name]
    return headers


@operation("GET", "blob", "", "r", query={"snapshot", "versionid"}, headers=_READ_HEADERS)
def get_blob(service, request):
    container, blob = service.blob_of(request)
    _check_lease(service, container, request)
    conditions.check_read(request.headers, blob)
    _check_readable(blob)
    headers = _headers(service, request, container, blob)
    span = parse_range(request, len(blob.body))
    wants_md5 = request.header("x-ms-range-get-content-md5").lower() == "true"
    if wants_md5 and (span is None or span[1] - span[0] >= service.limits.max_range_md5):
        raise BlobError("OutOfRangeInput" if span else "InvalidHeaderValue")
    if span is None:
        return Response(200, memoryview(blob.body), headers)
    piece = memoryview(blob.body)[span[0]:span[1] + 1]
    if "Content-MD5" in headers:
        headers["x-ms-blob-content-md5"] = headers.pop("Content-MD5")
    if wants_md5:
        headers["Content-MD5"] = digests.md5_of(piece)
    headers["Content-Range"] = f"bytes {span[0]}-{span[1]}/{len(blob.body)}"
    return Response(206, piece, headers)


@operation("HEAD", "blob", "", "r", query={"snapshot", "versionid"}, headers=conditions.HEADERS | leases.HEADERS)
def get_blob_properties(service, request):
    container, blob = service.blob_of(request)
    with container.lock:
        if blob.copy and blob.copy.status == "pending":
            service.look_at_copy(blob)
    _check_lease(service, container, request)
    conditions.check_read(request.headers, blob)
    return Response(200, memoryview(blob.body), _headers(service, request, container, blob))


def _delete_one_of(places, name, blob):
    places[name].remove(blob)
    if not places[name]:
        del places[name]


@operation("DELETE", "blob", "", "dx", query={"snapshot", "versionid"},
           headers=conditions.HEADERS | leases.HEADERS | {"x-ms-delete-snapshots"})
def delete_blob(service, request):
    """https://learn.microsoft.com/rest/api/storageservices/delete-blob"""
    which = request.header("x-ms-delete-snapshots")
    if which not in ("", "include", "only"):
        raise BlobError("InvalidHeaderValue", HeaderName="x-ms-delete-snapshots")
    # A version has a letter of its own: https://learn.microsoft.com/rest/api/storageservices/create-service-sas
    if request.may is not None and ("x" if "versionid" in request.query else "d") not in request.may:
        raise BlobError("AuthorizationPermissionMismatch")
    container, blob = service.blob_of(request)
    with container.lock:
        conditions.check_change(request.headers, blob)
        if blob.snapshot:
            _delete_one_of(container.snapshots, blob.name, blob)
        elif container.blobs.get(blob.name) is not blob:
            _delete_one_of(container.versions, blob.name, blob)
        elif "versionid" in request.query:
            raise BlobError("OperationNotAllowedOnRootBlob")  # https://github.com/Azure/azure-sdk-for-java/pull/48716
        else:
            leases.check_write(container, request, service.verifier.now())
            if container.snapshots.get(blob.name) and not which:
                raise BlobError("SnapshotsPresent")
            container.snapshots.pop(blob.name, None)
            if which != "only":
                container.remove(blob.name, service.limits.soft_delete, service.limits.versioning)
        container.note(blob.name)
    return Response(202, headers={"x-ms-delete-type-permanent": "false" if service.limits.soft_delete else "true"})


@operation("PUT", "blob", "undelete", "w")
def undelete_blob(service, request):
    container = service.container_of(request)
    with container.lock:
        blob = container.deleted.pop(request.blob, None)
        if blob is not None:
            container.blobs.setdefault(request.blob, blob)
        elif request.blob not in container.blobs:
            raise BlobError("BlobNotFound")
    return Response(200)


@operation("PUT", "blob", "snapshot", "cw", headers=conditions.HEADERS | leases.HEADERS | {"x-ms-meta-"})
def snapshot_blob(service, request):
    metadata = metadata_of(request.headers, service.limits)
    container, blob = service.blob_of(request)
    with container.lock:
        conditions.check_change(request.headers, blob)
        _check_lease(service, container, request)
        kept = container.snapshot(blob, metadata)
    return Response(201, headers={**kept.tokens(), "x-ms-snapshot": kept.snapshot})
