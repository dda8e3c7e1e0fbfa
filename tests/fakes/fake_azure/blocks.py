"""Uploads in blocks. https://learn.microsoft.com/rest/api/storageservices/put-block
https://learn.microsoft.com/rest/api/storageservices/put-block-list"""

import base64
import binascii

from fake_s3.exchange import Response

from . import blobs, digests, leases, properties
from .errors import BlobError
from .routing import operation
from .storage import Blob
from .xmltext import document, parse, raw_document


def _bad(name):
    return BlobError("InvalidQueryParameterValue", QueryParameterName=name)


def _block_id(request, limits):
    text = request.query.get("blockid", "")
    if not text:
        raise BlobError("MissingRequiredQueryParameter", QueryParameterName="blockid")
    try:
        size = len(base64.b64decode(text, validate=True))
    except binascii.Error as error:
        raise _bad("blockid") from error
    if not 1 <= size <= limits.max_block_id:
        raise _bad("blockid")
    return text


def add_block(service, container, request, body):
    """Under the container's lock."""
    identity = _block_id(request, service.limits)
    waiting = container.uncommitted.get(request.blob, {})
    known = [*waiting, *(one for one, _ in _committed(container, request.blob))]
    # "…the length of the value specified for the blockid parameter must be the same for each block."
    if known and len(known[0]) != len(identity):
        raise BlobError("InvalidBlobOrBlock")
    if identity not in waiting and len(waiting) >= service.limits.max_uncommitted:
        raise BlobError("RequestEntityTooLargeBlockCountExceedsLimit")
    container.uncommitted.setdefault(request.blob, {})[identity] = body
    container.note(request.blob)


def _committed(container, name):
    blob = container.blobs.get(name)
    return blob.blocks if blob else []


# Metadata are of no use here, but Microsoft's client for Python sends them.
@operation("PUT", "blob", "block", "cw", query={"blockid"}, headers=leases.HEADERS | digests.HEADERS | {"x-ms-meta-"},
           body="bytes")
def put_block(service, request):
    if not request.body:
        raise BlobError("InvalidHeaderValue", HeaderName="Content-Length", HeaderValue="0")
    container = service.container_of(request)
    with container.lock:
        leases.check_write(container, request, service.verifier.now())
        add_block(service, container, request, request.body)
    return Response(201, headers={"x-ms-request-server-encrypted": "true", **digests.reply(request)})


def _bytes_of_list(request, container, limits):
    """(blocks, bytes) that the list names, in its order."""
    listed = parse(request.body, "BlockList").children
    if len(listed) > limits.max_blocks:
        raise BlobError("BlockListTooLong")
    old = container.blobs.get(request.blob)
    committed, at = {}, 0
    for identity, size in old.blocks if old else []:
        committed[identity] = old.body[at:at + size]
        at += size
    waiting = container.uncommitted.get(request.blob, {})
    places = {"Committed": (committed,), "Uncommitted": (waiting,), "Latest": (waiting, committed)}
    blocks, pieces = [], []
    for one in listed:
        if one.name not in places:
            raise BlobError("InvalidXmlDocument")
        piece = next((place[one.text] for place in places[one.name] if one.text in place), None)
        if piece is None:
            raise BlobError("InvalidBlockList")
        blocks.append((one.text, len(piece)))
        pieces.append(piece)
    return blocks, b"".join(pieces)


@operation("PUT", "blob", "blocklist", "cw", headers=blobs.WRITE_HEADERS, body="xml")
def put_block_list(service, request):
    """Replaces headers and metadata, too; only here conditions count."""
    container = service.container_of(request)
    blob = Blob(request.blob)
    properties.fill(blob, request, service.limits)
    if "Content-MD5" in blob.headers:
        digests.check_md5_form(blob.headers["Content-MD5"])  # Kept as it is: nobody looks whether it is true.
    with container.lock:
        blobs.check_write(service, container, request)
        blob.blocks, blob.body = _bytes_of_list(request, container, service.limits)
        container.publish(blob, service.limits.versioning)
    return blobs.created(blob, digests.reply(request))


def _listed(blocks):
    return "".join(document("Block", [("Name", name), ("Size", size)]).decode().partition("?>")[2]
                   for name, size in blocks)


@operation("GET", "blob", "blocklist", "r", query={"blocklisttype", "snapshot"}, headers=leases.HEADERS)
def get_block_list(service, request):
    kind = request.query.get("blocklisttype", "committed")
    if kind not in ("committed", "uncommitted", "all"):
        raise _bad("blocklisttype")
    container = service.container_of(request)
    with container.lock:
        waiting = container.uncommitted.get(request.blob, {})
        blob = container.blobs.get(request.blob)
        if blob is None and not waiting:
            raise BlobError("BlobNotFound")
        inner = ""
        if kind != "uncommitted":
            inner += f"<CommittedBlocks>{_listed(_committed(container, request.blob))}</CommittedBlocks>"
        if kind != "committed":
            sizes = [(name, len(piece)) for name, piece in waiting.items()]
            inner += f"<UncommittedBlocks>{_listed(sizes)}</UncommittedBlocks>"
    headers = {"Content-Type": "application/xml", "x-ms-blob-content-length": str(len(blob.body) if blob else 0)}
    if blob:
        headers.update(blob.tokens())
    return Response(200, raw_document(f"<BlockList>{inner}</BlockList>"), headers)
