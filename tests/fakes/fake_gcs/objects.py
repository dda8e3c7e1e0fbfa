"""Objects by the JSON API. https://cloud.google.com/storage/docs/json_api/v1/objects"""

import base64

from . import errors, fields
from .exchange import CONDITIONS, Reply, json_reply
from .store import check_attributes, check_name, writable


_OF_THE_SERVICE = ("kind", "id", "etag", "generation", "metageneration", "size", "md5Hash", "timeCreated", "updated",
                   "timeDeleted")


def get(store, request, bucket, name):
    request.only("generation", *CONDITIONS)
    if request.query.get("alt") == "media":
        from . import media
        return media.send(store, request, bucket, name)
    record = store.find(bucket, name, request.number("generation"))
    request.conditions().check(record, reading=True)
    return json_reply(fields.select(record.resource(), request.query.get("fields")))


def patch(store, request, bucket, name):
    request.only("generation", *CONDITIONS)
    record = store.patch(bucket, name, request.number("generation"), request.document(), request.conditions())
    return json_reply(fields.select(record.resource(), request.query.get("fields")))


def remove(store, request, bucket, name):
    request.only("generation", *CONDITIONS)
    store.remove(bucket, name, request.number("generation"), request.conditions())
    return Reply(204)


def rewrite(store, request, bucket, name, to_bucket, to_name):
    """https://cloud.google.com/storage/docs/json_api/v1/objects/rewrite"""
    request.only("rewriteToken", "sourceGeneration", "ifSourceGenerationMatch", "maxBytesRewrittenPerCall", *CONDITIONS)
    check_name(to_name)
    attributes = request.document() if request.body else {}
    # Google's own client sends back all that it knows of an object; what is the service's to say is ignored.
    attributes = {field: value for field, value in attributes.items() if field not in _OF_THE_SERVICE}
    check_attributes(attributes)
    with store.lock:
        store.bucket(to_bucket)
        token = request.query.get("rewriteToken")
        job = (bucket, name, to_bucket, to_name, repr(sorted(attributes.items(), key=lambda item: item[0])))
        if token:
            if token not in store.rewrites or store.rewrites[token][0] != job:
                raise errors.invalid("Invalid rewrite token.")
            _, record, done = store.rewrites.pop(token)
        else:
            record, done = store.find(bucket, name, request.number("sourceGeneration")), 0
        wanted = request.number("ifSourceGenerationMatch")
        current = store.find(bucket, name, request.number("sourceGeneration"))
        if wanted is not None and current.generation != wanted:
            raise errors.condition_not_met()
        request.conditions().check(store.bucket(to_bucket).live.get(to_name))
        done = min(done + store.rewrite_step, len(record.data))
        reply = {"kind": "storage#rewriteResponse", "totalBytesRewritten": str(done), "objectSize": str(len(record.data))}
        if done < len(record.data):
            token = store.new_token()
            store.rewrites[token] = (job, record, done)
            return json_reply(fields.select({**reply, "done": False, "rewriteToken": token}, request.query.get("fields")))
        # Given any, all attributes are the request's.
        kept = dict(record.attributes)
        if store.mean:
            kept.pop("storageClass", None)  # The class is the destination bucket's, as far as gsutil's pages say.
        copied = store.insert(to_bucket, to_name, record.data, writable(attributes) if attributes else kept,
                              request.conditions())
        return json_reply(fields.select({**reply, "done": True, "resource": copied.resource()},
                                        request.query.get("fields")))


def _names(records, prefix, delimiter, start, end, trailing):
    """Pairs of a sort key and what is listed: a record, or the text of a common prefix."""
    listed = {}
    for record in records:
        if not record.name.startswith(prefix) or record.name.encode() < start or (end and record.name.encode() >= end):
            continue
        at = record.name.find(delimiter, len(prefix)) if delimiter else -1
        if at >= 0:
            common = record.name[:at + len(delimiter)]
            listed[(common.encode(), 0)] = common
        if at < 0 or (trailing and record.name == common):
            listed[(record.name.encode(), record.generation)] = record
    return sorted(listed.items(), key=lambda item: item[0])


def list_page(store, request, bucket_name):
    """https://cloud.google.com/storage/docs/json_api/v1/objects/list"""
    request.only("prefix", "delimiter", "startOffset", "endOffset", "pageToken", "maxResults", "versions",
                 "includeTrailingDelimiter")
    with store.lock:
        bucket = store.bucket(bucket_name)
        records = list(bucket.live.values()) + (bucket.old if request.query.get("versions", "").lower() == "true" else [])
        listed = _names(records, request.query.get("prefix", ""), request.query.get("delimiter", ""),
                        request.query.get("startOffset", "").encode(), request.query.get("endOffset", "").encode(),
                        request.query.get("includeTrailingDelimiter", "").lower() == "true")
    if "pageToken" in request.query:
        try:
            last, generation = base64.urlsafe_b64decode(request.query["pageToken"]).rsplit(b"#", 1)
        except ValueError:
            raise errors.invalid("Invalid pageToken.") from None
        listed = [item for item in listed if item[0] > (last, int(generation))]
    most = min(request.number("maxResults") or 1000, 1000)
    page = listed[:most]
    document = {"kind": "storage#objects"}
    # Both may be missing.
    items = [value.resource() for _, value in page if not isinstance(value, str)]
    prefixes = [value for _, value in page if isinstance(value, str)]
    if items:
        document["items"] = items
    if prefixes:
        document["prefixes"] = prefixes
    if len(listed) > most:
        name, generation = page[-1][0]
        document["nextPageToken"] = base64.urlsafe_b64encode(name + f"#{generation}".encode()).decode()
    return json_reply(fields.select(document, request.query.get("fields")))
