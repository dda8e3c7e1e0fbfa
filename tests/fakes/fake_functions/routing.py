"""Which operation a request means, and what its path, query and body say. Unknown members are refused."""

import json
import re
import urllib.parse
from dataclasses import dataclass, field

from .errors import ServiceError, not_known

_ROUTES = {}
# Of the services that speak JSON 1.1, and the versions of those that take forms.
_TARGETS = {"events": "AWSEvents", "logs": "Logs_20140328", "ssm": "AmazonSSM",
            "ecr": "AmazonEC2ContainerRegistry_V20150921"}
_VERSIONS = {"iam": "2010-05-08", "sts": "2011-06-15"}


@dataclass
class Call:
    """What an operation is given."""
    account: object
    request: object
    region: str
    path: dict = field(default_factory=dict)
    query: dict = field(default_factory=dict)
    body: dict = field(default_factory=dict)

    def number(self, name, default, high):
        text = self.query.get(name, "")
        return min(int(text), high) if text.isdigit() and int(text) > 0 else default


@dataclass
class Route:
    pattern: re.Pattern
    query: frozenset
    members: object  # A set of members; None: the body is not JSON.
    handler: object


def rest(service, method, template, query=(), members=()):
    """Decorates the handler of an operation. `members` of the body; those with '!' at the end are required."""
    pattern = re.compile("".join(f"(?P<{part[1:-1]}>[^/]+)" if part.startswith("{") else re.escape(part)
                                 for part in re.split(r"({\w+})", template)) + "/?")

    def register(handler):
        _ROUTES.setdefault((service, method), []).append(Route(pattern, frozenset(query), members, handler))
        return handler
    return register


def action(service, name, members=()):
    """The same for the dialects that name their operations."""
    def register(handler):
        _ROUTES.setdefault((service, name), []).append(Route(re.compile(".*"), frozenset(), members, handler))
        return handler
    return register


def _check_members(body, members):
    allowed = {member.rstrip("!") for member in members}
    if unknown := [name for name in body if name not in allowed]:
        raise not_known(f"the members {', '.join(unknown)}")
    if missing := [member[:-1] for member in members if member.endswith("!") and member[:-1] not in body]:
        raise ServiceError(400, "ValidationException", f"Missing required members: {', '.join(missing)}")


def json_of(request):
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ServiceError(400, "SerializationException", "The body is no JSON object")
    return body


def form_of(request):
    """A form's parameters, in which Tags.member.1.Key becomes {"Tags": [{"Key": …}]}."""
    if not request.header("content-type").startswith("application/x-www-form-urlencoded"):
        raise ServiceError(400, "ValidationError", "The content type must be application/x-www-form-urlencoded")
    body = {}
    for name, value in urllib.parse.parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True):
        parts = name.split(".")
        if len(parts) == 1:
            body[name] = value
        elif parts[1] == "member" and parts[2].isdigit():
            items = body.setdefault(parts[0], {})
            if len(parts) == 3:
                items[int(parts[2])] = value
            else:
                items.setdefault(int(parts[2]), {})[parts[3]] = value
    return {name: [value[i] for i in sorted(value)] if isinstance(value, dict) else value
            for name, value in body.items()}


def find_rest(service, request):
    """(route, parameters of the path)."""
    for route in _ROUTES.get((service, request.method), []):
        if match := route.pattern.fullmatch(request.raw_path):
            parameters = {name: urllib.parse.unquote(text) for name, text in match.groupdict().items()}
            return route, parameters
    raise not_known(f"{request.method} {request.raw_path} of {service}")


def dispatch(account, service, request, region):
    """Runs the operation; its Response."""
    if service in _VERSIONS:
        body = form_of(request)
        if body.pop("Version", "") != _VERSIONS[service]:
            raise ServiceError(400, "NoSuchVersion", "The requested version is not valid.")
        return _named(account, service, request, region, body.pop("Action", ""), body)
    if service in _TARGETS:
        if request.header("content-type") != "application/x-amz-json-1.1":
            raise ServiceError(400, "SerializationException", "The content type must be application/x-amz-json-1.1")
        prefix, _, name = request.header("x-amz-target").partition(".")
        return _named(account, service, request, region, name if prefix == _TARGETS[service] else "", json_of(request))
    route, path = find_rest(service, request)
    query = dict(request.query)
    if unknown := [name for name in query if name not in route.query]:
        raise not_known(f"the query parameters {', '.join(unknown)}")
    call = Call(account, request, region, path, query)
    if route.members is not None:
        call.body = json_of(request)
        _check_members(call.body, route.members)
    return route.handler(call)


def _named(account, service, request, region, name, body):
    routes = _ROUTES.get((service, name))
    if not routes:
        raise not_known(f"the operation {name!r} of {service}")
    _check_members(body, routes[0].members)
    return routes[0].handler(Call(account, request, region, body=body))
