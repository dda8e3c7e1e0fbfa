"""Things by their ids, filters, and the pages of lists."""

import re
import secrets

from .query import number
from .refusals import bad_combination, refuse

# Of each kind: the prefix of its ids, the code for what is no such id, and that for one that there is not.
_KINDS = {
    "instance": ("i", "InvalidInstanceID.Malformed", "InvalidInstanceID.NotFound", "instance ID"),
    "group": ("sg", "InvalidGroupId.Malformed", "InvalidGroup.NotFound", "security group"),
    "volume": ("vol", "InvalidVolumeID.Malformed", "InvalidVolume.NotFound", "volume"),
    "vpc": ("vpc", "InvalidVpcID.Malformed", "InvalidVpcID.NotFound", "vpc ID"),
    "subnet": ("subnet", "InvalidSubnetID.Malformed", "InvalidSubnetID.NotFound", "subnet ID"),
    "image": ("ami", "InvalidAMIID.Malformed", "InvalidAMIID.NotFound", "image id"),
}
MAX_VALUES = 200  # Using_Filtering.html: "You can specify up to 200 values in a single filter"


def check_id(kind, identity):
    prefix, malformed, _, _ = _KINDS[kind]
    if not re.fullmatch(prefix + "-([0-9a-f]{8}|[0-9a-f]{17})", identity):
        raise refuse(malformed, f'Invalid id: "{identity}" (expecting "{prefix}-...")')


def not_found(kind, identities):
    _, _, code, name = _KINDS[kind]
    if kind == "image":
        return refuse(code, f"The image id '[{', '.join(identities)}]' does not exist")
    if len(identities) == 1:
        return refuse(code, f"The {name} '{identities[0]}' does not exist")
    return refuse(code, f"The {name}s '{', '.join(identities)}' do not exist")


def find(kind, known, identities):
    """Those of `known`, by id, that `identities` names. All of them, or an error; this is a look at each."""
    for identity in identities:
        check_id(kind, identity)
    found = [known.get(identity) for identity in identities]
    absent = [identity for identity, thing in zip(identities, found) if thing is None or not thing.is_seen()]
    if absent:
        raise not_found(kind, absent)
    return found


def is_like(pattern, text):
    """Of filters "* matches zero or more characters and ? matches exactly one", unless escaped: Using_Filtering.html"""
    parts = re.findall(r"\\.|[*?]|[^*?\\]+|\\", pattern)
    expression = "".join({"*": ".*", "?": "."}.get(part) or re.escape(re.sub(r"\\(.)", r"\1", part)) for part in parts)
    return re.fullmatch(expression, text, re.DOTALL) is not None


def _tag_values(name, thing):
    """What the filters of tags compare; None for another filter."""
    if name == "tag-key":
        return list(thing.tags)
    if name.startswith("tag:"):
        key = name[4:]
        return [thing.tags[key]] if key in thing.tags else []
    return None


def matching(call, things, values):
    """Those that match all filters of the call. `values`: of each filter's name what a thing has, a list."""
    for one in call.list("Filter"):
        name = one.get("Name", "")
        wanted = one.get("Value", [])
        if name not in values and name != "tag-key" and not name.startswith("tag:"):
            raise refuse("InvalidParameterValue", f"The filter '{name}' is invalid")
        if not wanted:
            raise refuse("InvalidParameterValue", f"Missing required values for the filter '{name}'")
        if len(wanted) > MAX_VALUES:
            raise refuse("FilterLimitExceeded", f"The maximum length for a filter value list is {MAX_VALUES}.")
        compared = values.get(name) or (lambda thing, name=name: _tag_values(name, thing))
        things = [thing for thing in things if any(is_like(pattern, str(value)) for value in compared(thing)
                                                   for pattern in wanted)]
    return things


def page(call, things, ids=None, low=5, high=1000):
    """(the things of this page, its <nextToken>). `ids` is the name of the parameter that gives ids, if it is given."""
    size = number(call.get("MaxResults"), "maxResults", low, high)
    token = call.get("NextToken")
    if ids and (size is not None or token):
        raise bad_combination(f"The parameter {ids} cannot be used with the parameter maxResults")
    asked = (call.name, repr(call.list("Filter")))
    after, was_empty = 0, True
    if token:
        if token not in call.region.pages or call.region.pages[token][0] != asked:
            raise refuse("InvalidPaginationToken", "The specified pagination token is not valid or is expired.")
        _, after, was_empty = call.region.pages[token]
    rest = sorted((thing for thing in things if thing.born > after), key=lambda thing: thing.born)
    shown = rest if size is None else rest[:size]
    # "an empty page with a token": https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-pagination.html
    if call.account.knobs.empty_pages and not was_empty:
        shown = []
    if len(shown) == len(rest):
        return shown, []
    following = secrets.token_urlsafe(24)
    call.region.pages[following] = (asked, shown[-1].born if shown else after, not shown)
    return shown, [("nextToken", following)]
