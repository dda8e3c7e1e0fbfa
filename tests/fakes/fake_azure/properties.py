"""What a blob has besides its bytes: headers, metadata, tags, tier."""

import copy
import urllib.parse

from fake_s3.exchange import Response, http_date

from . import conditions, digests, leases
from .errors import BlobError
from .names import check_tags, metadata_headers, metadata_of
from .routing import operation
from .storage import precise_time
from .xmltext import document, parse

# As they are sent, and as they are kept and returned.
CONTENT = {"x-ms-blob-content-type": "Content-Type", "x-ms-blob-content-encoding": "Content-Encoding",
           "x-ms-blob-content-language": "Content-Language", "x-ms-blob-cache-control": "Cache-Control",
           "x-ms-blob-content-disposition": "Content-Disposition", "x-ms-blob-content-md5": "Content-MD5"}
TAKEN = frozenset({*CONTENT, "x-ms-meta-", "x-ms-tags", "x-ms-access-tier"})
TIERS = ("Hot", "Cool", "Cold", "Archive")


def fill(blob, request, limits):
    """From the headers of a put or of a block list; what is not said is not there."""
    blob.headers = {name: request.header(sent) for sent, name in CONTENT.items() if sent in request.headers}
    blob.headers.setdefault("Content-Type", request.header("content-type") if request.header("x-ms-blob-type")
                            else "application/octet-stream")
    blob.headers["Content-Type"] = blob.headers["Content-Type"] or "application/octet-stream"
    blob.metadata = metadata_of(request.headers, limits)
    blob.tags = tags_of(request, limits)
    blob.tier = tier_of(request)


def tags_of(request, limits):
    tags = dict(urllib.parse.parse_qsl(request.header("x-ms-tags"), keep_blank_values=True))
    check_tags(tags, limits)
    return tags


def tier_of(request):
    tier = request.header("x-ms-access-tier")
    if tier and tier not in TIERS:
        raise BlobError("InvalidBlobTier")
    return tier


def headers_of(container, blob, now):
    """All that a get or head replies."""
    headers = {**blob.headers, **blob.tokens(), **metadata_headers(blob.metadata), "Accept-Ranges": "bytes",
               "x-ms-blob-type": "BlockBlob", "x-ms-creation-time": http_date(blob.created),
               "x-ms-server-encrypted": "true", "x-ms-access-tier": blob.tier or "Hot"}
    if not blob.tier:
        headers["x-ms-access-tier-inferred"] = "true"
    if blob.archive_status:
        headers["x-ms-archive-status"] = blob.archive_status
    if blob.tags:
        headers["x-ms-tag-count"] = str(len(blob.tags))
    if blob.version:
        headers["x-ms-version-id"] = blob.version
        if container.blobs.get(blob.name) is blob:
            headers["x-ms-is-current-version"] = "true"
    if blob.copy:
        headers.update(blob.copy.headers())
    if not blob.snapshot:
        headers.update(leases.headers(container, blob.name, now))
    return headers


_CHANGE = conditions.HEADERS | leases.HEADERS


def _changed(service, request, change, makes_version=False):
    """rest/api/storageservices/set-blob-metadata makes a version, set-blob-properties none."""
    container = service.container_of(request)
    with container.lock:
        blob = container.blobs.get(request.blob)
        if blob is None:
            raise BlobError("BlobNotFound")
        leases.check_write(container, request, service.verifier.now())
        conditions.check_change(request.headers, blob)
        if makes_version and service.limits.versioning:
            container.keep_version(copy.copy(blob), True)
            blob.version = precise_time()
        change(blob)
        blob.touch()
        return Response(200, headers={**blob.tokens(), **({"x-ms-version-id": blob.version} if blob.version else {})})


@operation("PUT", "blob", "properties", "w", headers=_CHANGE | set(CONTENT))
def set_blob_properties(service, request):
    """What is not said is removed: rest/api/storageservices/set-blob-properties"""
    if "x-ms-blob-content-md5" in request.headers:
        digests.check_md5_form(request.header("x-ms-blob-content-md5"))

    def change(blob):
        blob.headers = {name: request.header(sent) for sent, name in CONTENT.items() if sent in request.headers}
    return _changed(service, request, change)


@operation("PUT", "blob", "metadata", "w", headers=_CHANGE | {"x-ms-meta-"})
def set_blob_metadata(service, request):
    metadata = metadata_of(request.headers, service.limits)

    def change(blob):
        blob.metadata = metadata
    return _changed(service, request, change, makes_version=True)


@operation("GET", "blob", "metadata", "r", query={"snapshot", "versionid"}, headers=_CHANGE)
def get_blob_metadata(service, request):
    _, blob = service.blob_of(request)
    conditions.check_read(request.headers, blob)
    return Response(200, headers={**blob.tokens(), **metadata_headers(blob.metadata)})


@operation("PUT", "blob", "tier", "w", query={"snapshot", "versionid"},
           headers=leases.HEADERS | {"x-ms-access-tier", "x-ms-rehydrate-priority"})
def set_blob_tier(service, request):
    """https://learn.microsoft.com/rest/api/storageservices/set-blob-tier"""
    tier = tier_of(request)
    if not tier:
        raise BlobError("MissingRequiredHeader", HeaderName="x-ms-access-tier")
    container, blob = service.blob_of(request)
    with container.lock:
        if blob.archive_status:
            raise BlobError("BlobBeingRehydrated")
        if blob.tier == "Archive" and tier != "Archive":
            blob.archive_status = f"rehydrate-pending-to-{tier.lower()}"  # For hours: nothing here ends it.
            return Response(202)
        blob.tier = tier
    return Response(200)


@operation("PUT", "blob", "tags", "t", query={"versionid"}, headers={*leases.HEADERS, *digests.HEADERS}, body="xml")
def set_blob_tags(service, request):
    tags = {}
    for one in parse(request.body, "Tags").all("TagSet")[:1]:
        for tag in one.all("Tag"):
            if tag.get("Key") in tags:
                raise BlobError("InvalidXmlDocument")
            tags[tag.get("Key", "")] = tag.get("Value", "")
    check_tags(tags, service.limits)
    container, blob = service.blob_of(request)
    with container.lock:
        blob.tags = tags
    return Response(204)


@operation("GET", "blob", "tags", "t", query={"snapshot", "versionid"}, headers=leases.HEADERS)
def get_blob_tags(service, request):
    _, blob = service.blob_of(request)
    tags = "".join(document("Tag", [("Key", key), ("Value", value)]).decode().partition("?>")[2]
                   for key, value in blob.tags.items())
    body = document("Tags", [("TagSet", "")]).decode().replace("<TagSet></TagSet>", f"<TagSet>{tags}</TagSet>")
    return Response(200, body.encode(), {"Content-Type": "application/xml"})
