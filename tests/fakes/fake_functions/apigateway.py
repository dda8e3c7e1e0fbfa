"""REST APIs, as they are configured. https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html"""

import copy
import re
import time
from dataclasses import dataclass, field

from fake_s3.exchange import Response

from .errors import ServiceError
from .functions import json_reply
from .routing import rest
from .state import new_id

_METHODS = {"GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH", "ANY"}
_URI = re.compile(r"arn:aws:apigateway:[a-z0-9-]+:lambda:path/2015-03-31/functions/(arn:aws:lambda:[^/]+)/invocations")


@dataclass
class Stage:
    """A snapshot: what is changed later is not in it."""
    resources: dict
    deployment: str
    waits: int  # Requests that are answered 403 still.
    binary: tuple = ()
    variables: dict = field(default_factory=dict)


@dataclass
class RestApi:
    identity: str
    name: str
    description: str
    endpoint: dict
    tags: dict
    binary: list
    resources: dict = field(default_factory=dict)  # By id: id, parentId, pathPart, path, resourceMethods.
    deployments: dict = field(default_factory=dict)
    stages: dict = field(default_factory=dict)
    created: int = field(default_factory=lambda: int(time.time()))

    @property
    def root(self):
        return next(identity for identity, resource in self.resources.items() if resource["path"] == "/")


def _bad(message):
    return ServiceError(400, "BadRequestException", message)


def _missing(message):
    return ServiceError(404, "NotFoundException", message)


def _api(call):
    api = call.account.apis.get((call.region, call.path["api"]))
    if api is None:
        raise _missing("Invalid API identifier specified 123456789012:" + call.path["api"])
    return api


def _resource(call):
    api = _api(call)
    if call.path["resource"] not in api.resources:
        raise _missing("Invalid Resource identifier specified")
    return api, api.resources[call.path["resource"]]


def _method(call):
    api, resource = _resource(call)
    methods = resource.get("resourceMethods", {})
    if call.path["method"] not in methods:
        raise _missing("Invalid Method identifier specified")
    return api, methods[call.path["method"]]


def _describe(api):
    return {"id": api.identity, "name": api.name, "description": api.description, "createdDate": api.created,
            "apiKeySource": "HEADER", "endpointConfiguration": api.endpoint, "tags": api.tags,
            "binaryMediaTypes": api.binary, "disableExecuteApiEndpoint": False, "rootResourceId": api.root}


def _page(call, items, describe):
    """Positions are opaque; here they are numbers."""
    size, begin = call.number("limit", 25, 500), call.number("position", 0, 2**31)
    reply = {"item": [describe(item) for item in items[begin:begin + size]]}
    return json_reply({**reply, "position": str(begin + size)} if begin + size < len(items) else reply)


@rest("apigateway", "POST", "/restapis", (),
      ("name!", "description", "endpointConfiguration", "tags", "binaryMediaTypes", "minimumCompressionSize"))
def create_rest_api(call):
    endpoint = call.body.get("endpointConfiguration", {"types": ["EDGE"]})
    if not set(endpoint["types"]) <= {"EDGE", "REGIONAL", "PRIVATE"}:
        raise _bad("Invalid endpoint type")
    root = new_id()
    api = RestApi(new_id(), call.body["name"], call.body.get("description", ""), endpoint, call.body.get("tags", {}),
                  call.body.get("binaryMediaTypes", []), {root: {"id": root, "path": "/"}})
    call.account.apis[call.region, api.identity] = api  # Names need not be unique.
    return json_reply(_describe(api), 201)


@rest("apigateway", "GET", "/restapis", ("limit", "position"))
def get_rest_apis(call):
    return _page(call, [api for (region, _), api in call.account.apis.items() if region == call.region], _describe)


@rest("apigateway", "GET", "/restapis/{api}")
def get_rest_api(call):
    return json_reply(_describe(_api(call)))


@rest("apigateway", "DELETE", "/restapis/{api}")
def delete_rest_api(call):
    _api(call)
    del call.account.apis[call.region, call.path["api"]]
    return Response(202)


@rest("apigateway", "GET", "/restapis/{api}/resources", ("limit", "position", "embed"))
def get_resources(call):
    # "embed": API_GetResources.html, the only value is "methods". Without it resourceMethods has names only.
    full = call.query.get("embed") == "methods"
    return _page(call, list(_api(call).resources.values()), lambda resource: resource if full else {
        **resource, **({"resourceMethods": {name: {} for name in resource["resourceMethods"]}}
                       if "resourceMethods" in resource else {})})


@rest("apigateway", "POST", "/restapis/{api}/resources/{resource}", (), ("pathPart!",))
def create_resource(call):
    api, parent = _resource(call)
    part = call.body["pathPart"]
    if not re.fullmatch(r"[a-zA-Z0-9._:,-]+|\{[a-zA-Z0-9._-]+\+?\}", part):
        raise _bad("Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at "
                   "the beginning and the end.")
    path = parent["path"].rstrip("/") + "/" + part
    if any(resource["path"] == path for resource in api.resources.values()):
        raise ServiceError(409, "ConflictException", f"Another resource with the same parent already has this name: {part}")
    identity = new_id(6)
    api.resources[identity] = {"id": identity, "parentId": parent["id"], "pathPart": part, "path": path}
    return json_reply(api.resources[identity], 201)


@rest("apigateway", "DELETE", "/restapis/{api}/resources/{resource}")
def delete_resource(call):
    api, resource = _resource(call)
    if resource["path"] == "/":
        raise _bad("Root resource cannot be deleted")
    below = [identity for identity, other in api.resources.items() if other["path"].startswith(resource["path"] + "/")]
    for identity in [resource["id"], *below]:
        del api.resources[identity]
    return Response(202)


@rest("apigateway", "PUT", "/restapis/{api}/resources/{resource}/methods/{method}", (),
      ("authorizationType!", "apiKeyRequired", "requestParameters"))
def put_method(call):
    _, resource = _resource(call)
    name = call.path["method"]
    if name not in _METHODS or call.body["authorizationType"] not in ("NONE", "AWS_IAM"):
        raise _bad("Invalid HTTP method or authorization type specified")
    methods = resource.setdefault("resourceMethods", {})
    if name in methods:
        raise ServiceError(409, "ConflictException", "Method already exists for this resource")
    methods[name] = {"httpMethod": name, "authorizationType": call.body["authorizationType"], "apiKeyRequired": False}
    return json_reply(methods[name], 201)


@rest("apigateway", "GET", "/restapis/{api}/resources/{resource}/methods/{method}")
def get_method(call):
    return json_reply(_method(call)[1])


@rest("apigateway", "DELETE", "/restapis/{api}/resources/{resource}/methods/{method}")
def delete_method(call):
    _method(call)
    del _resource(call)[1]["resourceMethods"][call.path["method"]]
    return Response(204)


@rest("apigateway", "PUT", "/restapis/{api}/resources/{resource}/methods/{method}/integration", (),
      ("type!", "httpMethod", "uri", "passthroughBehavior", "timeoutInMillis", "contentHandling"))
def put_integration(call):
    _, method = _method(call)
    if call.body["type"] != "AWS_PROXY":
        raise _bad("The fake knows integrations of the type AWS_PROXY only")
    if "httpMethod" not in call.body:
        raise _bad("Enumeration value for HttpMethod must be non-empty")
    match = _URI.fullmatch(call.body.get("uri", ""))
    if not match:
        raise _bad("Invalid ARN specified in the request")
    method["methodIntegration"] = {"type": "AWS_PROXY", "httpMethod": call.body["httpMethod"], "uri": call.body["uri"],
                                   "passthroughBehavior": "WHEN_NO_MATCH", "timeoutInMillis": 29000,
                                   "cacheKeyParameters": []}
    return json_reply(method["methodIntegration"], 201)


@rest("apigateway", "GET", "/restapis/{api}/resources/{resource}/methods/{method}/integration")
def get_integration(call):
    method = _method(call)[1]
    if "methodIntegration" not in method:
        raise _missing("Invalid Integration identifier specified")
    return json_reply(method["methodIntegration"])


# ---- deployments and stages


@rest("apigateway", "POST", "/restapis/{api}/deployments", (), ("stageName", "description", "stageDescription", "variables"))
def create_deployment(call):
    api = _api(call)
    methods = [method for resource in api.resources.values() for method in resource.get("resourceMethods", {}).values()]
    if not methods:
        raise _bad("The REST API doesn't contain any methods")
    if any("methodIntegration" not in method for method in methods):
        raise _bad("No integration defined for method")
    name = call.body.get("stageName")
    if name is not None and not re.fullmatch(r"[a-zA-Z0-9_-]{1,128}", name):
        raise _bad("Stage name only allows a-zA-Z0-9_-")
    deployment = {"id": new_id(6), "description": call.body.get("description", ""), "createdDate": int(time.time())}
    api.deployments[deployment["id"]] = deployment
    if name:
        waits = api.stages[name].waits if name in api.stages else call.account.knobs.stage_requests
        # "variables: A map that defines the stage variables for the Stage resource": of an old stage they stay.
        variables = (api.stages[name].variables if name in api.stages else {}) | call.body.get("variables", {})
        if not all(re.fullmatch(r"[A-Za-z0-9-._~:/?#&=,]*", value) for value in variables.values()):
            raise _bad("Stage variable values must match [A-Za-z0-9-._~:/?#&=,]+")
        api.stages[name] = Stage(copy.deepcopy(api.resources), deployment["id"], waits, tuple(api.binary), variables)
    return json_reply(deployment, 201)


@rest("apigateway", "GET", "/restapis/{api}/deployments", ("limit", "position"))
def get_deployments(call):
    return _page(call, list(_api(call).deployments.values()), dict)


def _stage(call):
    api = _api(call)
    if call.path["stage"] not in api.stages:
        raise _missing("Invalid stage identifier specified")
    return api.stages[call.path["stage"]]


def _describe_stage(name, stage):
    return {"deploymentId": stage.deployment, "stageName": name, "cacheClusterEnabled": False, "tags": {},
            **({"variables": stage.variables} if stage.variables else {})}


@rest("apigateway", "GET", "/restapis/{api}/stages", ("deploymentId",))
def get_stages(call):
    return json_reply({"item": [_describe_stage(name, stage) for name, stage in _api(call).stages.items()]})


@rest("apigateway", "GET", "/restapis/{api}/stages/{stage}")
def get_stage(call):
    return json_reply(_describe_stage(call.path["stage"], _stage(call)))


@rest("apigateway", "DELETE", "/restapis/{api}/stages/{stage}")
def delete_stage(call):
    _stage(call)
    del _api(call).stages[call.path["stage"]]
    return Response(202)


# ---- tags: an ARN in the path


def _tags(call):
    match = re.fullmatch(r"arn:aws:apigateway:([a-z0-9-]+)::/restapis/(\w+)", call.path["arn"])
    api = call.account.apis.get((match[1], match[2])) if match else None
    if api is None:
        raise _missing("Invalid resource identifier specified")
    return api.tags


@rest("apigateway", "GET", "/tags/{arn}", ("limit", "position"))
def get_tags(call):
    return json_reply({"tags": _tags(call)})


@rest("apigateway", "PUT", "/tags/{arn}", (), ("tags!",))
def tag_resource(call):
    _tags(call).update(call.body["tags"])
    return Response(204)
