"""DeleteObjects. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html"""

from . import checksums
from .errors import S3Error, not_implemented
from .exchange import Response
from .objects import delete_one
from .routing import operation
from .xmltext import document, parse

_KNOWN = {"Key", "VersionId", "ETag"}


def _wanted(request, limits):
    """(quiet, [(key, version id or None, ETag or None)])"""
    root = parse(request.body, "Delete")
    wanted = []
    for node in root.all("Object"):
        key = node.get("Key")
        if not key:
            raise S3Error("MalformedXML")
        if unknown := {child.name for child in node.children} - _KNOWN:
            raise not_implemented("Element", ", ".join(sorted(unknown)))
        wanted.append((key, node.get("VersionId"), node.get("ETag")))
    if not 1 <= len(wanted) <= limits.max_deletes or len(wanted) + len(root.all("Quiet")) != len(root.children):
        raise S3Error("MalformedXML")
    return root.get("Quiet", "false").strip() == "true", wanted


def _delete(service, bucket, key, version_id, etag):
    if len(key.encode()) > service.limits.max_key:
        raise S3Error("KeyTooLongError")
    done = delete_one(bucket, key, version_id, etag)
    result = [("Key", key), ("VersionId", version_id)]
    if done.marker_made:
        result += [("DeleteMarker", True), ("DeleteMarkerVersionId", done.marker_made.version_id)]
    elif done.was_marker:
        result += [("DeleteMarker", True), ("DeleteMarkerVersionId", version_id)]
    return "Deleted", result


@operation("POST", "bucket", needs={"delete"}, body="xml", headers=checksums.HEADERS)
def delete_objects(service, request):
    service.require_digest(request)
    bucket = service.bucket_of(request)
    quiet, wanted = _wanted(request, service.limits)
    result = []
    for key, version_id, etag in wanted:
        try:
            deleted = _delete(service, bucket, key, version_id, etag)
            if not quiet:
                result.append(deleted)
        except S3Error as error:
            result.append(("Error", [("Key", key), ("VersionId", version_id), ("Code", error.code),
                                     ("Message", error.message)]))
    return Response.xml(document("DeleteResult", result))
