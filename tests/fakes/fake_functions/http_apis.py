"""HTTP APIs, as they are configured. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/api-reference.html"""

import re
import time
from dataclasses import dataclass, field

from fake_s3.exchange import Response

from .errors import ServiceError
from .functions import json_reply
from .routing import rest
from .state import new_id

_ROUTE = re.compile(r"\$default|(GET|PUT|POST|DELETE|HEAD|OPTIONS|PATCH|ANY) (/|(/([\w.:~-]+|\{[\w.-]+\}))*(/\{[\w.-]+\+\})?)")
_FUNCTION = re.compile(r"arn:aws:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?")


@dataclass
class HttpApi:
    identity: str
    name: str
    url: str
    tags: dict
    integrations: dict = field(default_factory=dict)
    routes: dict = field(default_factory=dict)
    stages: dict = field(default_factory=dict)
    waits: dict = field(default_factory=dict)  # Of a stage: requests that are answered 404 still.
    created: float = field(default_factory=time.time)


def _bad(message):
    return ServiceError(400, "BadRequestException", message)


def _api(call):
    api = call.account.http_apis.get((call.region, call.path["api"]))
    if api is None:
        raise ServiceError(404, "NotFoundException", "Invalid API identifier specified", resourceType="apis")
    return api


def _page(call, items):
    size = int(call.query.get("maxResults", "100"))
    begin = int(call.query.get("nextToken", "0"))
    reply = {"items": items[begin:begin + size]}
    return json_reply({**reply, "nextToken": str(begin + size)} if begin + size < len(items) else reply)


def _describe(api):
    return {"apiId": api.identity, "name": api.name, "protocolType": "HTTP", "apiEndpoint": api.url, "tags": api.tags,
            "routeSelectionExpression": "$request.method $request.path", "apiKeySelectionExpression":
            "$request.header.x-api-key", "disableExecuteApiEndpoint": False,
            "createdDate": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(api.created))}


@rest("apigateway", "POST", "/v2/apis", (), ("name!", "protocolType!", "tags", "description", "target", "routeKey"))
def create_api(call):
    if call.body["protocolType"] != "HTTP":
        raise _bad("The fake knows HTTP APIs only")
    identity = new_id()
    # The real one is https://<id>.execute-api.<region>.amazonaws.com
    api = HttpApi(identity, call.body["name"], f"{call.account.url}/_aws/execute-api/{identity}", call.body.get("tags", {}))
    if "target" in call.body:  # "quick create": integration, route and the stage $default
        integration = _integrate(api, {"integrationType": "AWS_PROXY", "integrationUri": call.body["target"],
                                       "payloadFormatVersion": "2.0"})
        _route(api, {"routeKey": call.body.get("routeKey", "$default"),
                     "target": "integrations/" + integration["integrationId"]})
        _add_stage(call, api, {"stageName": "$default", "autoDeploy": True})
    call.account.http_apis[call.region, identity] = api
    return json_reply(_describe(api), 201)


@rest("apigateway", "GET", "/v2/apis", ("maxResults", "nextToken"))
def get_apis(call):
    return _page(call, [_describe(api) for (region, _), api in call.account.http_apis.items() if region == call.region])


@rest("apigateway", "GET", "/v2/apis/{api}")
def get_api(call):
    return json_reply(_describe(_api(call)))


@rest("apigateway", "DELETE", "/v2/apis/{api}")
def delete_api(call):
    _api(call)
    del call.account.http_apis[call.region, call.path["api"]]
    return Response(204)


def _integrate(api, body):
    if body["integrationType"] != "AWS_PROXY" or not _FUNCTION.fullmatch(body.get("integrationUri", "")):
        raise _bad("Invalid integration: the fake knows AWS_PROXY with a function's ARN only")
    if body.get("payloadFormatVersion") != "2.0":
        raise _bad("The fake knows payload format 2.0 only")
    integration = {"connectionType": "INTERNET", "integrationMethod": "POST", "timeoutInMillis": 30000, **body,
                   "integrationId": new_id(7)}
    api.integrations[integration["integrationId"]] = integration
    return integration


@rest("apigateway", "POST", "/v2/apis/{api}/integrations", (),
      ("integrationType!", "integrationUri", "integrationMethod", "payloadFormatVersion", "timeoutInMillis"))
def create_integration(call):
    return json_reply(_integrate(_api(call), call.body), 201)


@rest("apigateway", "GET", "/v2/apis/{api}/integrations", ("maxResults", "nextToken"))
def get_integrations(call):
    return _page(call, list(_api(call).integrations.values()))


def _route(api, body):
    if not _ROUTE.fullmatch(body["routeKey"]):
        raise _bad(f"Invalid route key: {body['routeKey']}")
    if body.get("authorizationType", "NONE") not in ("NONE", "AWS_IAM"):
        raise _bad("Invalid authorization type")
    if body.get("target", "").removeprefix("integrations/") not in api.integrations:
        raise _bad("Invalid target")
    if any(route["routeKey"] == body["routeKey"] for route in api.routes.values()):
        raise ServiceError(409, "ConflictException", f"Route with key {body['routeKey']} already exists for this API")
    route = {"apiKeyRequired": False, "authorizationType": "NONE", **body, "routeId": new_id(7)}
    api.routes[route["routeId"]] = route
    return route


@rest("apigateway", "POST", "/v2/apis/{api}/routes", (), ("routeKey!", "target", "authorizationType"))
def create_route(call):
    return json_reply(_route(_api(call), call.body), 201)


@rest("apigateway", "GET", "/v2/apis/{api}/routes", ("maxResults", "nextToken"))
def get_routes(call):
    return _page(call, list(_api(call).routes.values()))


@rest("apigateway", "DELETE", "/v2/apis/{api}/routes/{route}")
def delete_route(call):
    if _api(call).routes.pop(call.path["route"], None) is None:
        raise ServiceError(404, "NotFoundException", "Invalid Route identifier specified")
    return Response(204)


def _add_stage(call, api, body):
    name = body["stageName"]
    if not re.fullmatch(r"\$default|[\w-]{1,128}", name):
        raise _bad("Stage name only allows a-zA-Z0-9_- and $default")
    if name in api.stages:
        raise ServiceError(409, "ConflictException", "Stage already exists")
    if not body.get("autoDeploy"):
        raise _bad("The fake knows stages with autoDeploy only")
    api.stages[name] = {"stageName": name, "autoDeploy": True, "defaultRouteSettings": {}, "routeSettings": {}}
    api.waits[name] = call.account.knobs.stage_requests
    return api.stages[name]


@rest("apigateway", "POST", "/v2/apis/{api}/stages", (), ("stageName!", "autoDeploy"))
def create_stage(call):
    return json_reply(_add_stage(call, _api(call), call.body), 201)


@rest("apigateway", "GET", "/v2/apis/{api}/stages", ("maxResults", "nextToken"))
def get_stages(call):
    return _page(call, list(_api(call).stages.values()))


@rest("apigateway", "DELETE", "/v2/apis/{api}/stages/{stage}")
def delete_stage(call):
    if _api(call).stages.pop(call.path["stage"], None) is None:
        raise ServiceError(404, "NotFoundException", "Invalid stage identifier specified")
    return Response(204)
