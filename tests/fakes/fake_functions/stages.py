"""What the public sees: stages of APIs and URLs of functions.

A stage is at /_aws/execute-api/<api>/<stage>/<path>, and where it would be, too: /<stage>/<path> of the host
<api>.execute-api.<region>.<anything>. A function's URL is what CreateFunctionUrlConfig returns.
"""

import base64
import json
import re
import time
import uuid

from fake_s3.exchange import Response, decode

from . import access, invoke
from .state import ACCOUNT

_HOST = re.compile(r"([a-z0-9]+)\.execute-api\.[a-z0-9-]+\..*")
_NEVER = {"connection", "transfer-encoding", "content-length"}


def find(request):
    """(function that answers, its arguments), or None when the request is not for the public."""
    match = re.fullmatch(r"/_aws/execute-api/([a-z0-9]+)(/.*)?", request.raw_path)
    if match:
        return answer_api, (match[1], match[2] or "/")
    if host := _HOST.fullmatch(request.header("host")):
        return answer_api, (host[1], request.raw_path)
    match = re.fullmatch(r"/_aws/function-url/([a-z0-9]+)(/.*)", request.raw_path)
    return (answer_url, (match[1], match[2])) if match else None


def _says(status, message, name="message"):
    return Response(status, json.dumps({name: message}).encode(), {"Content-Type": "application/json"})


def _match(templates, path, read=decode):
    """(template, path parameters): literal before {name} before {name+}; (None, {}) when there is none."""
    best = None
    for template in templates:
        pattern, names = "", []
        for part in re.split(r"(\{[^}]+\})", template):
            if part.startswith("{"):
                names.append(part.strip("{}+"))
                pattern += "(.+)" if part.endswith("+}") else "([^/]+)"
            else:
                pattern += re.escape(part)
        found = re.fullmatch(pattern, path)
        rank = (template.count("+}"), len(names))
        if found and (best is None or rank < best[0]):
            best = rank, template, {name: read(text) for name, text in zip(names, found.groups())}
    return best[1:] if best else (None, {})


def _split_stage(path):
    """("dev", "/a/b") of "/dev/a/b"."""
    stage, _, rest = path[1:].partition("/")
    return stage, "/" + rest


def answer_api(account, verify, request, identity, path):
    with account.lock:
        found = next(((region, api) for (region, _), api in account.http_apis.items() if api.identity == identity), None)
    if found:
        return answer_http_api(account, verify, request, *found, path)
    return answer_stage(account, verify, request, identity, *_split_stage(path))


def _call_function(account, function, version, event):
    with account.lock:
        if function.state != "Active" or function.concurrency == 0:
            return None
    outcome, _ = invoke.run(account, function.arn.split(":")[3], function, version, json.dumps(event).encode())
    return outcome


def _is_text(request):
    """Of HTTP APIs and URLs: aws.amazon.com/blogs/compute/handling-binary-data-using-amazon-api-gateway-http-apis"""
    kind = request.header("content-type").partition(";")[0].strip().lower()
    return kind.startswith("text/") or kind in ("application/json", "application/javascript", "application/xml")


def _body(request, encodes):
    """(body, isBase64Encoded) of an event."""
    if request.body and encodes:
        return base64.b64encode(request.body).decode(), True
    try:
        return (request.body.decode() if request.body else None), False
    except UnicodeDecodeError:
        return base64.b64encode(request.body).decode(), True


def _multiple(pairs):
    values = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values or None


# https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
def _rest_event(request, resource, parameters, api, stage, path, variables):
    body, is_base64 = _body(request, "*/*" in api.binary)
    headers = {name: value for name, value in request.headers.items() if name not in _NEVER}
    query = _multiple(request.query_pairs)
    return {"resource": resource["path"], "path": path, "httpMethod": request.method, "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "queryStringParameters": {name: values[-1] for name, values in query.items()} if query else None,
            "multiValueQueryStringParameters": query, "pathParameters": parameters or None, "stageVariables": variables or None,
            "requestContext": {"resourcePath": resource["path"], "httpMethod": request.method, "stage": stage,
                               "path": f"/{stage}{path}", "apiId": api.identity, "accountId": ACCOUNT,
                               "protocol": "HTTP/1.1", "requestId": str(uuid.uuid4()),
                               "identity": {"sourceIp": "127.0.0.1", "userAgent": request.header("user-agent")}},
            "body": body, "isBase64Encoded": is_base64}


def _answer(payload, strict):
    """The Response that a function's reply means, or None when it is malformed."""
    try:
        reply = json.loads(payload)
        if not strict and (not isinstance(reply, dict) or "statusCode" not in reply):
            return Response(200, payload, {"Content-Type": "application/json"})  # dg/urls-invocation.html
        unknown = set(reply) - {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded", "cookies"}
        body = reply.get("body") or ""
        if unknown or not isinstance(reply["statusCode"], int) or not isinstance(body, str):
            return None
        data = base64.b64decode(body) if reply.get("isBase64Encoded") else body.encode()
    except (ValueError, KeyError, TypeError):
        return None
    headers = {"Content-Type": "application/json"}
    for name, value in (reply.get("headers") or {}).items():
        headers = {other: kept for other, kept in headers.items() if other.lower() != name.lower()} | {name: str(value)}
    for name, values in (reply.get("multiValueHeaders") or {}).items():
        headers[name] = ", ".join(values)
    return Response(reply["statusCode"], data, headers)


def answer_stage(account, verify, request, identity, stage_name, path):
    with account.lock:
        region, api = next(((region, api) for (region, _), api in account.apis.items() if api.identity == identity),
                           (None, None))
        stage = api.stages.get(stage_name) if api else None
        # What there is not, and what is not known everywhere yet, is answered alike.
        if stage is None or stage.waits > 0:
            if stage:
                stage.waits -= 1
            return _says(403, "Forbidden")
        by_path = {resource["path"]: resource for resource in stage.resources.values()}
        # As they were sent: REST APIs decode neither the path nor what is in it.
        template, parameters = _match(by_path, path if path == "/" else path.rstrip("/"), str)
        resource = by_path.get(template, {})
        methods = resource.get("resourceMethods", {})
        method = methods.get(request.method) or methods.get("ANY")
        if method is None or (method["authorizationType"] == "AWS_IAM" and not verify(request)):
            return _says(403, "Missing Authentication Token")
        integration = method["methodIntegration"]
        arn = integration["uri"].split("/functions/")[1].removesuffix("/invocations")
        function = account.functions.get((region, arn.split(":")[6]))
        source = f"arn:aws:execute-api:{region}:{ACCOUNT}:{identity}/{stage_name}/{method['httpMethod']}{resource['path']}"
        # Without permission, or with another method than POST, all that a caller sees is this.
        if (function is None or integration["httpMethod"] != "POST"
                or not access.allows(function, "lambda:InvokeFunction", "apigateway.amazonaws.com", source)):
            return _says(500, "Internal server error")
    outcome = _call_function(account, function, function.latest,
                             _rest_event(request, resource, parameters, api, stage_name, path, stage.variables))
    response = None if outcome is None or outcome.error else _answer(outcome.payload, True)
    return response or _says(502, "Internal server error")


# https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html, and of HTTP APIs:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
def _event_v2(request, path, identity, account="anonymous", route="$default", stage="$default", parameters=None):
    body, is_base64 = _body(request, not _is_text(request))
    cookies = [cookie for cookie in request.header("cookie").split("; ") if cookie]
    query = _multiple(request.query_pairs)
    now = time.time()
    return {"version": "2.0", "routeKey": route, "rawPath": path, "rawQueryString": request.raw_query,
            **({"cookies": cookies} if cookies else {}),
            "headers": {name: value for name, value in request.headers.items() if name not in _NEVER | {"cookie"}},
            **({"queryStringParameters": {name: ",".join(values) for name, values in query.items()}} if query else {}),
            **({"pathParameters": parameters} if parameters else {}),
            "requestContext": {"accountId": account, "apiId": identity, "domainName": request.header("host"),
                               "http": {"method": request.method, "path": path, "protocol": "HTTP/1.1",
                                        "sourceIp": "127.0.0.1", "userAgent": request.header("user-agent")},
                               "requestId": str(uuid.uuid4()), "routeKey": route, "stage": stage,
                               "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
                               "timeEpoch": int(now * 1000)},
            **({"body": body} if body is not None else {}), "isBase64Encoded": is_base64}


def answer_url(account, verify, request, identity, path):
    with account.lock:
        function = next((function for function in account.functions.values()
                         if function.url and f"/{identity}/" in function.url["FunctionUrl"]), None)
        if function is None:
            return _says(404, "Not Found", "Message")
        # Both statements, since October 2025: dg/urls-auth.html
        if function.url["AuthType"] == "NONE":
            allowed = (access.allows(function, "lambda:InvokeFunctionUrl", **{"lambda:FunctionUrlAuthType": "NONE"})
                       and access.allows(function, "lambda:InvokeFunction", **{"lambda:InvokedViaFunctionUrl": "true"}))
        else:
            allowed = verify(request)
        if not allowed:
            return _says(403, "Forbidden", "Message")
    outcome = _call_function(account, function, function.latest, _event_v2(request, path, identity))
    response = None if outcome is None or outcome.error else _answer(outcome.payload, False)
    return response or _says(502, "Internal Server Error", "Message")


def _route_of(api, method, path):
    """(route, parameters): of the best path that has the method, its own one before ANY; else $default."""
    by_key = {route["routeKey"]: route for route in api.routes.values()}
    keys = [key.split(" ") for key in by_key if key != "$default"]
    template, parameters = _match([path_of for verb, path_of in keys if verb in (method, "ANY")], path)
    for key in (f"{method} {template}", f"ANY {template}", "$default"):
        if key in by_key:
            return by_key[key], parameters if key != "$default" else {}
    return None, {}


def answer_http_api(account, verify, request, region, api, path):
    with account.lock:
        stage, rest = _split_stage(path)
        if stage not in api.stages:
            stage, rest = "$default", path
        waits = api.waits.get(stage, 0)
        api.waits[stage] = max(waits - 1, 0)
        route, parameters = _route_of(api, request.method, rest)
        if stage not in api.stages or waits > 0 or route is None:
            return _says(404, "Not Found")
        if route["authorizationType"] == "AWS_IAM" and not verify(request):
            return _says(403, "Forbidden")
        integration = api.integrations[route["target"].removeprefix("integrations/")]
        function = account.functions.get((region, integration["integrationUri"].split(":")[6]))
        source = (f"arn:aws:execute-api:{region}:{ACCOUNT}:{api.identity}/{stage}/" + route["routeKey"].replace(" ", ""))
        if function is None or not access.allows(function, "lambda:InvokeFunction", "apigateway.amazonaws.com", source):
            return _says(500, "Internal Server Error")
    # rawPath has the stage, unless that is $default.
    event = _event_v2(request, path, api.identity, ACCOUNT, route["routeKey"], stage, parameters)
    outcome = _call_function(account, function, function.latest, event)
    response = None if outcome is None or outcome.error else _answer(outcome.payload, False)
    return response or _says(500, "Internal Server Error")
