"""https://cloud.google.com/storage/docs/json_api/v1/buckets"""

from . import errors, fields
from .exchange import Reply, json_reply


# There are no ACLs here. https://cloud.google.com/storage/docs/uniform-bucket-level-access
_UNIFORM = {"uniformBucketLevelAccess": {"enabled": True}}


def _resource(bucket):
    return {"kind": "storage#bucket", "id": bucket.name, "name": bucket.name, "timeCreated": bucket.created,
            "updated": bucket.created, "location": "US", "storageClass": "STANDARD", "metageneration": "1",
            "iamConfiguration": _UNIFORM, "versioning": {"enabled": bucket.versioned}}


def create(store, request):
    request.only("project")
    if not request.query.get("project"):
        raise errors.GcsError(400, "required", "Required parameter: project")
    document = request.document()
    unknown = set(document) - {"name", "location", "versioning", "storageClass", "iamConfiguration"}
    if document.get("iamConfiguration", _UNIFORM) != _UNIFORM:
        unknown.add("iamConfiguration")
    if unknown or not document.get("name"):
        raise errors.invalid(f"the fake does not know the fields {', '.join(sorted(unknown))}")
    bucket = store.create_bucket(document["name"], bool(document.get("versioning", {}).get("enabled")))
    return json_reply(fields.select(_resource(bucket), request.query.get("fields")))


def get(store, request, name):
    request.only()
    return json_reply(fields.select(_resource(store.bucket(name)), request.query.get("fields")))


def remove(store, request, name):
    request.only()
    store.delete_bucket(name)
    return Reply(204)


def list_page(store, request):
    request.only("project", "pageToken", "maxResults", "prefix")
    if not request.query.get("project"):
        raise errors.GcsError(400, "required", "Required parameter: project")
    with store.lock:
        items = [_resource(store.buckets[name]) for name in sorted(store.buckets)
                 if name > request.query.get("pageToken", "") and name.startswith(request.query.get("prefix", ""))]
    most = request.number("maxResults") or 1000
    document = {"kind": "storage#buckets", "items": items[:most]}
    if len(items) > most:
        document["nextPageToken"] = items[most - 1]["name"]
    return json_reply(fields.select(document, request.query.get("fields")))
