"""Tags. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions"""

from .finding import find, not_found
from .query import RETURN, items, operation
from .refusals import invalid_value, missing, refuse

_MAX_TAGS = 50


def tag_set(thing):
    return items("tagSet", [[("key", key), ("value", value)] for key, value in thing.tags.items()])


def check(tags):
    """{key: value} of [{"Key": …, "Value": …}]"""
    found = {}
    for tag in tags:
        key, value = tag.get("Key"), tag.get("Value", "")
        if not key:
            raise missing("Tag.Key") if key is None else refuse("InvalidParameterValue", "Tag keys cannot be empty")
        if len(key) > 128:
            raise refuse("InvalidParameterValue", f"Tag key exceeds the maximum length of 128 characters: {key[:20]}…")
        if len(value) > 256:
            raise refuse("InvalidParameterValue", "Tag value exceeds the maximum length of 256 characters")
        if key.lower().startswith("aws:"):
            raise invalid_value("key", key, "Tag keys starting with 'aws:' are reserved for internal use")
        if key in found:
            raise refuse("InvalidParameterValue", f"Duplicate tag key '{key}' specified.")
        found[key] = value
    return _check_count(found)


def _check_count(tags):
    if len(tags) > _MAX_TAGS:
        raise refuse("TagLimitExceeded", f"More than {_MAX_TAGS} tags specified")
    return tags


def specified(call, *kinds):
    """The tags at creation, by kind of what they are for. `kinds`: what the operation creates."""
    found = {kind: {} for kind in kinds}
    for one in call.list("TagSpecification"):
        kind = one.get("ResourceType")
        if kind not in kinds:
            raise refuse("InvalidParameterValue", f"'{kind}' is not a valid taggable resource type for this operation.")
        if found[kind]:
            raise refuse("InvalidParameterValue", "Only one TagSpecification of a resource type is allowed")
        if not one.get("Tag"):
            raise missing("Tag")
        found[kind] = check(one["Tag"])
    return found


def _resources(call):
    things = []
    region = call.region
    for identity in call.list("ResourceId"):
        prefix = identity.partition("-")[0]
        if prefix == "key":
            found = [key for key in region.keys.values() if key.id == identity and key.is_seen()]
            if not found:
                raise refuse("InvalidKeyPair.NotFound", f"The keypair ID '{identity}' does not exist")
            things += found
        elif prefix in ("i", "sg", "vol"):
            kind, known = {"i": ("instance", region.instances), "sg": ("group", region.groups),
                           "vol": ("volume", region.volumes)}[prefix]
            things += find(kind, known, [identity])
        elif prefix == "ami":
            raise not_found("image", [identity])  # The account has none, and cannot tag those of others.
        else:
            raise refuse("InvalidID", f"The ID '{identity}' is not valid")
    return things


@operation("CreateTags", "ResourceId.n!", "Tag.n.Key!", "Tag.n.Value")
def create_tags(call):
    things, tags = _resources(call), check(call.list("Tag"))
    for thing in things:
        _check_count({**thing.tags, **tags})
    call.proceed()
    for thing in things:
        thing.tags |= tags
    return RETURN


@operation("DeleteTags", "ResourceId.n!", "Tag.n.Key", "Tag.n.Value")
def delete_tags(call):
    """"If you specify a tag key without a tag value, we delete any tag with this key regardless of its value"; without
    tags all are deleted: API_DeleteTags.html"""
    things = _resources(call)
    call.proceed()
    for thing in things:
        for tag in call.list("Tag") or [{"Key": key} for key in thing.tags]:
            if tag["Key"] in thing.tags and tag.get("Value", thing.tags[tag["Key"]]) == thing.tags[tag["Key"]]:
                del thing.tags[tag["Key"]]
    return RETURN
