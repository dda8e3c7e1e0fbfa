"""Who may invoke a function, its tags, concurrency, versions, aliases and URL."""

import json
import re

from fake_s3.exchange import Response

from .errors import ServiceError
from .functions import conflict, describe, find, invalid, json_reply, not_found, refuse_while_busy, version_of
from .routing import rest
from .state import Version, new_id

_STATEMENT = re.compile(r"[a-zA-Z0-9-_]{1,100}")
_PERMISSION = ("StatementId!", "Action!", "Principal!", "SourceArn", "SourceAccount", "FunctionUrlAuthType",
               "InvokedViaFunctionUrl", "RevisionId")


@rest("lambda", "POST", "/2015-03-31/functions/{name}/policy", ("Qualifier",), _PERMISSION)
def add_permission(call):
    function, _ = find(call)
    body = call.body
    if not _STATEMENT.fullmatch(body["StatementId"]):
        raise ServiceError(400, "ValidationException", "Value at 'statementId' failed to satisfy constraint")
    if body["StatementId"] in function.permissions:
        raise conflict(f"The statement id ({body['StatementId']}) provided already exists. Please provide a new "
                       "statement id, or remove the existing statement.")
    if "FunctionUrlAuthType" in body and body["Action"] != "lambda:InvokeFunctionUrl":
        raise invalid("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action")
    principal = body["Principal"]
    statement = {"Sid": body["StatementId"], "Effect": "Allow", "Action": body["Action"], "Resource": function.arn,
                 "Principal": {"Service": principal} if principal.endswith(".amazonaws.com") else principal}
    conditions = {}
    if "SourceArn" in body:
        conditions["ArnLike"] = {"AWS:SourceArn": body["SourceArn"]}
    if "FunctionUrlAuthType" in body:
        conditions["StringEquals"] = {"lambda:FunctionUrlAuthType": body["FunctionUrlAuthType"]}
    if "InvokedViaFunctionUrl" in body:
        conditions["Bool"] = {"lambda:InvokedViaFunctionUrl": str(body["InvokedViaFunctionUrl"]).lower()}
    if conditions:
        statement["Condition"] = conditions
    function.permissions[body["StatementId"]] = statement
    return json_reply({"Statement": json.dumps(statement)}, 201)


@rest("lambda", "GET", "/2015-03-31/functions/{name}/policy", ("Qualifier",))
def get_policy(call):
    function, _ = find(call)
    if not function.permissions:
        raise not_found("The resource you requested does not exist.")
    policy = {"Version": "2012-10-17", "Id": "default", "Statement": list(function.permissions.values())}
    return json_reply({"Policy": json.dumps(policy), "RevisionId": function.latest.config["RevisionId"]})


@rest("lambda", "DELETE", "/2015-03-31/functions/{name}/policy/{statement}", ("Qualifier", "RevisionId"))
def remove_permission(call):
    function, _ = find(call)
    if call.path["statement"] not in function.permissions:
        raise not_found(f"Statement {call.path['statement']} is not found in resource policy.")
    del function.permissions[call.path["statement"]]
    return Response(204)


def allows(function, action, service=None, source=None, **conditions):
    """Whether a statement lets `service`, or everybody, do it."""
    for statement in function.permissions.values():
        principal = {"Service": service} if service else "*"
        given = statement.get("Condition", {})
        pattern = given.get("ArnLike", {}).get("AWS:SourceArn")
        like = pattern is None or re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), source or "")
        others = {name: value for kind in ("StringEquals", "Bool") for name, value in given.get(kind, {}).items()}
        if statement["Action"] == action and statement["Principal"] == principal and like and others == conditions:
            return True
    return False


# ---- tags: an ARN in the path


def _tagged(call):
    function, qualifier = find(call, "arn")
    if qualifier:
        raise invalid("Tags on function aliases and versions are not supported. Please specify either a function ARN.")
    return function


@rest("lambda", "GET", "/2017-03-31/tags/{arn}")
def list_tags(call):
    return json_reply({"Tags": _tagged(call).tags})


@rest("lambda", "POST", "/2017-03-31/tags/{arn}", (), ("Tags!",))
def tag_resource(call):
    function = _tagged(call)
    if len(function.tags | call.body["Tags"]) > 50:
        raise invalid("Tag limit exceeded")
    function.tags |= call.body["Tags"]
    return Response(204)


@rest("lambda", "DELETE", "/2017-03-31/tags/{arn}", ("tagKeys",))
def untag_resource(call):
    function = _tagged(call)
    for name, value in call.request.query_pairs:
        if name == "tagKeys":
            function.tags.pop(value, None)
    return Response(204)


# ---- concurrency


@rest("lambda", "PUT", "/2017-10-31/functions/{name}/concurrency", (), ("ReservedConcurrentExecutions!",))
def put_function_concurrency(call):
    function, _ = find(call)
    # dg/configuration-concurrency.html: of 1000 an account keeps 100 for all other functions.
    if not 0 <= call.body["ReservedConcurrentExecutions"] <= 900:
        raise invalid("Specified ReservedConcurrentExecutions for function decreases account's "
                      "UnreservedConcurrentExecution below its minimum value of [100].")
    function.concurrency = call.body["ReservedConcurrentExecutions"]
    return json_reply({"ReservedConcurrentExecutions": function.concurrency})


@rest("lambda", "GET", "/2019-09-30/functions/{name}/concurrency")
def get_function_concurrency(call):
    function, _ = find(call)
    return json_reply({} if function.concurrency is None else {"ReservedConcurrentExecutions": function.concurrency})


@rest("lambda", "DELETE", "/2017-10-31/functions/{name}/concurrency")
def delete_function_concurrency(call):
    find(call)[0].concurrency = None
    return Response(204)


# ---- versions and aliases


@rest("lambda", "POST", "/2015-03-31/functions/{name}/versions", (), ("CodeSha256", "Description", "RevisionId"))
def publish_version(call):
    function, _ = find(call)
    refuse_while_busy(function)
    newest = function.versions.get(str(len(function.versions)))
    # "Lambda doesn't publish a version if the function's configuration and code haven't changed since the last version."
    if newest is None or newest.code != function.latest.code or newest.config != function.latest.config:
        number = str(len(function.versions) + 1)
        newest = function.versions[number] = Version(number, dict(function.latest.config), function.latest.code)
    return json_reply(describe(function, newest), 201)


@rest("lambda", "GET", "/2015-03-31/functions/{name}/versions", ("Marker", "MaxItems"))
def list_versions(call):
    function, _ = find(call)
    versions = [function.latest, *function.versions.values()]
    return json_reply({"Versions": [describe(function, version, with_state=False) for version in versions]})


def _alias(call, function):
    name = call.path["alias"]
    if name not in function.aliases:
        raise not_found(f"Cannot find alias arn: {function.arn}:{name}")
    return function.aliases[name]


def _point(call, function, alias):
    version_of(function, call.body.get("FunctionVersion", alias["FunctionVersion"]))
    alias |= {key: call.body[key] for key in ("FunctionVersion", "Description") if key in call.body}
    alias["RevisionId"] = new_id(32)
    return alias


@rest("lambda", "POST", "/2015-03-31/functions/{name}/aliases", (), ("Name!", "FunctionVersion!", "Description"))
def create_alias(call):
    function, _ = find(call)
    name = call.body["Name"]
    if not re.fullmatch(r"(?!^[0-9]+$)([a-zA-Z0-9-_]{1,128})", name):
        raise ServiceError(400, "ValidationException", "Value at 'name' failed to satisfy constraint")
    if name in function.aliases:
        raise conflict(f"Alias already exists: {function.arn}:{name}")
    alias = {"AliasArn": f"{function.arn}:{name}", "Name": name, "Description": "", "FunctionVersion": "$LATEST"}
    function.aliases[name] = _point(call, function, alias)
    return json_reply(alias, 201)


@rest("lambda", "PUT", "/2015-03-31/functions/{name}/aliases/{alias}", (),
      ("FunctionVersion", "Description", "RevisionId"))
def update_alias(call):
    function, _ = find(call)
    return json_reply(_point(call, function, _alias(call, function)))


@rest("lambda", "GET", "/2015-03-31/functions/{name}/aliases/{alias}")
def get_alias(call):
    return json_reply(_alias(call, find(call)[0]))


@rest("lambda", "GET", "/2015-03-31/functions/{name}/aliases", ("FunctionVersion", "Marker", "MaxItems"))
def list_aliases(call):
    return json_reply({"Aliases": list(find(call)[0].aliases.values())})


@rest("lambda", "DELETE", "/2015-03-31/functions/{name}/aliases/{alias}")
def delete_alias(call):
    find(call)[0].aliases.pop(call.path["alias"], None)
    return Response(204)


# ---- URL


@rest("lambda", "POST", "/2021-10-31/functions/{name}/url", ("Qualifier",), ("AuthType!", "Cors", "InvokeMode"))
def create_function_url_config(call):
    function, _ = find(call)
    if call.body["AuthType"] not in ("NONE", "AWS_IAM") or call.body.get("InvokeMode", "BUFFERED") != "BUFFERED":
        raise ServiceError(400, "ValidationException", "Value at 'authType' or 'invokeMode' failed to satisfy constraint")
    if function.url:
        raise conflict(f"Failed to create function url config for [functionArn = {function.arn}]. Error message:  "
                       "FunctionUrlConfig exists for this Lambda function")
    identity = new_id(32)
    # Real ones are https://<id>.lambda-url.<region>.on.aws/
    function.url = {"FunctionUrl": f"{call.account.url}/_aws/function-url/{identity}/", "FunctionArn": function.arn,
                    "AuthType": call.body["AuthType"], "InvokeMode": "BUFFERED",
                    "CreationTime": function.latest.config["LastModified"]}
    return json_reply(function.url, 201)


def _url(function):
    if not function.url:
        raise not_found("The resource you requested does not exist.")
    return function.url


@rest("lambda", "GET", "/2021-10-31/functions/{name}/url", ("Qualifier",))
def get_function_url_config(call):
    return json_reply(_url(find(call)[0]))


@rest("lambda", "PUT", "/2021-10-31/functions/{name}/url", ("Qualifier",), ("AuthType", "Cors", "InvokeMode"))
def update_function_url_config(call):
    url = _url(find(call)[0])
    url["AuthType"] = call.body.get("AuthType", url["AuthType"])
    return json_reply(url)


@rest("lambda", "DELETE", "/2021-10-31/functions/{name}/url", ("Qualifier",))
def delete_function_url_config(call):
    function = find(call)[0]
    _url(function)
    function.url = None
    return Response(204)
