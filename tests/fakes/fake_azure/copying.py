"""Copies: asynchronous, synchronous, and as a block.

https://learn.microsoft.com/rest/api/storageservices/copy-blob
https://learn.microsoft.com/rest/api/storageservices/copy-blob-from-url
https://learn.microsoft.com/rest/api/storageservices/put-block-from-url
"""

import copy
import re
import time
import urllib.parse
import uuid

from fake_s3.exchange import Request, Response

from . import blobs, blocks, conditions, digests, leases, properties, routing
from .errors import BlobError
from .names import metadata_of
from .routing import operation
from .storage import Blob, Copy

_SOURCE = conditions.SOURCE | {"x-ms-copy-source-authorization", "x-ms-source-lease-id"}


def _source_blob(service, request, needs_own_proof):
    """The blob that x-ms-copy-source names, if whoever asks may read it."""
    url = urllib.parse.urlsplit(request.header("x-ms-copy-source"))
    if len(request.header("x-ms-copy-source")) > 2 << 10:
        raise BlobError("OutOfRangeInput")
    if url.netloc != request.header("host"):
        raise BlobError("CannotVerifyCopySource")
    headers = [("x-ms-version", request.header("x-ms-version"))]
    if "x-ms-copy-source-authorization" in request.headers:
        headers.append(("authorization", request.header("x-ms-copy-source-authorization")))
    asked = Request("GET", url.path + ("?" + url.query if url.query else ""), headers)
    try:
        service.locate(asked)
        read = routing.find(asked)
        same = asked.account is request.account and request.identity in ("key", "token")
        if needs_own_proof or not same or "sig" in asked.query:
            service.verifier.check(asked, asked.account, read)
    except BlobError as error:
        status = 404 if error.code in ("ResourceNotFound", "ContainerNotFound") else 403
        raise BlobError("CannotVerifyCopySource", status) from error
    try:
        blob = service.blob_of(asked)[1]
    except BlobError as error:
        raise BlobError(error.code, 404) from error
    conditions.check_source(request.headers, blob)
    if blob.tier == "Archive":
        raise BlobError("BlobArchived")
    return blob


def _of_source(request, source, limits):
    """Headers are the source's; metadata, too, where the request has none. Tags are the request's alone."""
    made = Blob(request.blob, b"", dict(source.headers), dict(source.metadata), blocks=list(source.blocks))
    made.metadata = metadata_of(request.headers, limits) or made.metadata
    made.tier = properties.tier_of(request)
    made.tags = properties.tags_of(request, limits)
    return made


@operation("PUT", "blob", "", "cw", with_header="x-ms-copy-source",
           headers=blobs.WRITE_HEADERS | _SOURCE | {"x-ms-requires-sync", "x-ms-rehydrate-priority", "x-ms-blob-type",
                                           "x-ms-copy-source-blob-properties"})
def copy_blob(service, request):
    if "x-ms-blob-type" in request.headers:
        return _put_blob_from_url(service, request)
    sync = request.header("x-ms-requires-sync").lower() == "true"
    source = _source_blob(service, request, needs_own_proof=sync)
    if sync and len(source.body) > service.limits.max_sync_copy:
        raise BlobError("InvalidHeaderValue", HeaderName="x-ms-copy-source")
    made = _of_source(request, source, service.limits)
    looks = 0 if sync else service.copy_looks
    made.copy = Copy(str(uuid.uuid4()), request.header("x-ms-copy-source").partition("?")[0], len(source.body), looks,
                     source.body)
    container = service.container_of(request)
    with container.lock:
        blobs.check_write(service, container, request)
        container.publish(made, service.limits.versioning)
        if not looks:
            finish(made)
    headers = {**made.tokens(), "x-ms-copy-id": made.copy.id, "x-ms-copy-status": made.copy.status}
    if made.version:
        headers["x-ms-version-id"] = made.version
    if sync:
        headers["Content-MD5"] = digests.md5_of(made.body)
    return Response(202, headers=headers)


def finish(blob):
    blob.body, blob.copy.status, blob.copy.finished = blob.copy.body, "success", time.time()
    blob.touch()


def look(blob):
    """A copy that is pending is so for as many looks as the service says."""
    blob.copy.looks -= 1
    if blob.copy.looks <= 0:
        finish(blob)


def _put_blob_from_url(service, request):
    """https://learn.microsoft.com/rest/api/storageservices/put-blob-from-url"""
    source = _source_blob(service, request, needs_own_proof=True)
    made = _of_source(request, source, service.limits)
    said = copy.copy(made)
    properties.fill(said, request, service.limits)
    made.headers.update({name: said.headers[name] for sent, name in properties.CONTENT.items()
                         if sent in request.headers})
    made.body, made.blocks = source.body, []
    container = service.container_of(request)
    with container.lock:
        blobs.check_write(service, container, request)
        container.publish(made, service.limits.versioning)
    return blobs.created(made, {"Content-MD5": digests.md5_of(made.body)})


@operation("PUT", "blob", "block", "cw", query={"blockid"}, with_header="x-ms-copy-source",
           headers=leases.HEADERS | _SOURCE | {"x-ms-source-range", "x-ms-source-content-md5"})
def put_block_from_url(service, request):
    source = _source_blob(service, request, needs_own_proof=True)
    body = source.body
    if "x-ms-source-range" in request.headers:
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", request.header("x-ms-source-range"))
        if not found or int(found[1]) > int(found[2]):
            raise BlobError("InvalidHeaderValue", HeaderName="x-ms-source-range")
        if int(found[2]) >= len(body):
            raise BlobError("InvalidRange")
        body = body[int(found[1]):int(found[2]) + 1]
    if len(body) > service.limits.max_block:
        raise BlobError("RequestBodyTooLarge")
    if request.header("x-ms-source-content-md5", digests.md5_of(body)) != digests.md5_of(body):
        raise BlobError("Md5Mismatch")
    container = service.container_of(request)
    with container.lock:
        leases.check_write(container, request, service.verifier.now())
        blocks.add_block(service, container, request, body)
    return Response(201, headers={"Content-MD5": digests.md5_of(body), "x-ms-request-server-encrypted": "true"})


@operation("PUT", "blob", "copy", "w", query={"copyid"}, headers=leases.HEADERS, with_header="x-ms-copy-action")
def abort_copy(service, request):
    container, blob = service.blob_of(request)
    with container.lock:
        if not blob.copy or blob.copy.status != "pending":
            raise BlobError("NoPendingCopyOperation")
        if blob.copy.id != request.query.get("copyid"):
            raise BlobError("CopyIdMismatch")
        blob.body, blob.copy.body, blob.copy.status, blob.copy.finished = b"", b"", "aborted", time.time()
        blob.touch()
    return Response(204)
