"""Functions: create, change, look at, remove. https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html"""

import base64
import hashlib
import io
import json
import re
import time
import uuid
import zipfile

from fake_s3.exchange import Response

from .errors import ServiceError
from .routing import rest
from .state import ACCOUNT, Function, Version

_NAME = re.compile(r"[a-zA-Z0-9-_]{1,64}")
_RUNTIME = re.compile(r"provided(\.al2(023)?)?|(python3\.\d+|nodejs\d+\.x|java\d+(\.al2)?|ruby3\.\d|dotnet\d+)")
_VARIABLE = re.compile(r"[a-zA-Z]([a-zA-Z0-9_])+")
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
_RESERVED = {"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
             "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
             "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
             "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
             "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"}
_SETTINGS = ("Description", "Environment", "EphemeralStorage", "Handler", "MemorySize", "Role", "Runtime", "Timeout",
             "TracingConfig", "LoggingConfig")
_DEFAULTS = {"Description": "", "Timeout": 3, "MemorySize": 128, "EphemeralStorage": {"Size": 512},
             "TracingConfig": {"Mode": "PassThrough"}, "Handler": "", "Runtime": ""}


def invalid(message):
    return ServiceError(400, "InvalidParameterValueException", message)


def not_found(message):
    return ServiceError(404, "ResourceNotFoundException", message)


def conflict(message):
    return ServiceError(409, "ResourceConflictException", message)


def json_reply(value, status=200, headers=None):
    return Response(status, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})


def describe(function, version=None, with_state=True):
    """A FunctionConfiguration."""
    version = version or function.latest
    config = {**version.config, "FunctionName": function.name, "Version": version.number, "FunctionArn": function.arn,
              "CodeSize": len(version.code), "CodeSha256": sha_of(version.code), "PackageType": "Zip"}
    if version.number != "$LATEST":
        config["FunctionArn"] += ":" + version.number
    if with_state:  # ListFunctions: "returns a subset of the FunctionConfiguration fields".
        config |= {"State": function.state, "LastUpdateStatus": function.update}
        if function.state == "Pending":
            config |= {"StateReason": "The function is being created.", "StateReasonCode": "Creating"}
    return config


def sha_of(code):
    return base64.b64encode(hashlib.sha256(code).digest()).decode()


def find(call, key="name"):
    return call.account.function(call.region, call.path[key], call.query.get("Qualifier", ""))


def version_of(function, qualifier):
    """(version, name of it that was executed)."""
    alias = function.aliases.get(qualifier)
    number = alias["FunctionVersion"] if alias else qualifier or "$LATEST"
    version = function.latest if number == "$LATEST" else function.versions.get(number)
    if version is None:
        raise not_found(f"Function not found: {function.arn}:{qualifier}")
    return version


def refuse_while_busy(function):
    """Refused while something else is going on; the attempt makes time pass."""
    state, update = function.state, function.update
    function.look()
    if state == "Pending":
        raise conflict("The operation cannot be performed at this time. The function is currently in the following "
                       "state: Pending")
    if update == "InProgress":
        raise conflict("The operation cannot be performed at this time. An update is in progress for resource: "
                       f"{function.arn}")


def _code(call, body):
    if set(body) != {"ZipFile"}:
        raise invalid("The fake takes a ZipFile only, neither objects nor images")
    try:
        code = base64.b64decode(body["ZipFile"], validate=True)
    except ValueError as error:
        raise invalid("ZipFile is no base64") from error
    knobs = call.account.knobs
    if len(code) > knobs.max_zip:
        raise ServiceError(413, "RequestEntityTooLargeException", "Request must be smaller than 70167211 bytes for the "
                           "CreateFunction operation")
    try:
        entries = zipfile.ZipFile(io.BytesIO(code)).infolist()
    except zipfile.BadZipFile as error:
        raise invalid("Could not unzip uploaded file. Please check your file, then try to upload again.") from error
    if not entries:
        raise invalid("Uploaded file must be a non-empty zip")
    if sum(entry.file_size for entry in entries) > knobs.max_unzipped:
        raise invalid(f"Unzipped size must be smaller than {knobs.max_unzipped} bytes")
    return code


def _check_settings(call, config):
    if not 1 <= config["Timeout"] <= 900 or not 128 <= config["MemorySize"] <= 10240:
        raise ServiceError(400, "ValidationException", "Value at 'timeout' or 'memorySize' failed to satisfy constraint")
    if not 512 <= config["EphemeralStorage"]["Size"] <= 10240:
        raise ServiceError(400, "ValidationException", "Value at 'ephemeralStorage.size' failed to satisfy constraint")
    if not _RUNTIME.fullmatch(config["Runtime"]):
        raise invalid(f"Value {config['Runtime']} at 'runtime' failed to satisfy constraint: Member must satisfy enum "
                      "value set")
    if not re.fullmatch(r"[^\s]{1,128}", config["Handler"]):
        raise invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
    variables = config.get("Environment", {}).get("Variables", {})
    for name in variables:
        if name in _RESERVED:
            raise invalid("Lambda was unable to configure your environment variables because the environment variables "
                          f"you have provided contains reserved keys that are currently not supported for modification. "
                          f"Reserved keys used in this request: {name}")
        if not _VARIABLE.fullmatch(name):
            raise ServiceError(400, "ValidationException", f"{name} at 'environment.variables' failed to satisfy "
                               "constraint: Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+")
    if sum(len((name + value).encode()) for name, value in variables.items()) > call.account.knobs.max_environment:
        raise invalid("Lambda was unable to configure your environment variables because the environment variables you "
                      "have provided exceeded the 4KB limit.")
    call.account.assume(config["Role"], "lambda.amazonaws.com",
                        invalid("The role defined for the function cannot be assumed by Lambda."))


def _stamp(config):
    now = time.time()
    config["LastModified"] = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}+0000"
    config["RevisionId"] = str(uuid.uuid4())
    return config


@rest("lambda", "POST", "/2015-03-31/functions",
      members=("FunctionName!", "Role!", "Code!", "PackageType", "Publish", "Tags", "Architectures") + _SETTINGS)
def create_function(call):
    body = call.body
    name = body["FunctionName"]
    if not _NAME.fullmatch(name):
        raise ServiceError(400, "ValidationException", f"Value '{name}' at 'functionName' failed to satisfy constraint")
    if (call.region, name) in call.account.functions:
        raise conflict(f"Function already exist: {name}")
    if body.get("PackageType", "Zip") != "Zip" or body.get("Publish", False):
        raise invalid("The fake takes zips only, and publishes by PublishVersion")
    code = _code(call, body["Code"])
    config = {**_DEFAULTS, "Architectures": body.get("Architectures", ["x86_64"]),
              **{key: body[key] for key in _SETTINGS if key in body}}
    _check_settings(call, config)
    function = Function(name, f"arn:aws:lambda:{call.region}:{ACCOUNT}:function:{name}",
                        Version("$LATEST", _stamp(config), code), dict(body.get("Tags", {})),
                        call.account.knobs.pending_polls)
    if function.polls == 0:
        function.look()
    call.account.functions[call.region, name] = function
    return json_reply(describe(function), 201)


@rest("lambda", "PUT", "/2015-03-31/functions/{name}/code",
      members=("ZipFile", "S3Bucket", "S3Key", "ImageUri", "Architectures", "RevisionId", "Publish", "DryRun"))
def update_function_code(call):
    function, _ = find(call)
    _check_revision(function, call.body)
    refuse_while_busy(function)
    code = _code(call, {key: value for key, value in call.body.items() if key in ("ZipFile", "S3Bucket", "ImageUri")})
    config = dict(function.latest.config)
    config["Architectures"] = call.body.get("Architectures", config["Architectures"])
    return _changed(call, function, config, code)


@rest("lambda", "PUT", "/2015-03-31/functions/{name}/configuration", members=("RevisionId",) + _SETTINGS)
def update_function_configuration(call):
    if len(call.request.body) > 5120 + call.account.knobs.max_environment:
        raise ServiceError(413, "RequestEntityTooLargeException", "Request must be smaller than 5120 bytes")
    function, _ = find(call)
    _check_revision(function, call.body)
    refuse_while_busy(function)
    config = {**function.latest.config, **{key: call.body[key] for key in _SETTINGS if key in call.body}}
    _check_settings(call, config)
    return _changed(call, function, config, function.latest.code)


def _check_revision(function, body):
    if body.get("RevisionId", function.latest.config["RevisionId"]) != function.latest.config["RevisionId"]:
        raise ServiceError(412, "PreconditionFailedException", "The Revision Id provided does not match the latest "
                           "Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id")


def _changed(call, function, config, code):
    function.latest = Version("$LATEST", _stamp(config), code)
    function.polls = call.account.knobs.update_polls
    function.update = "InProgress" if function.polls else "Successful"
    return json_reply(describe(function))


@rest("lambda", "GET", "/2015-03-31/functions/{name}/configuration", ("Qualifier",))
def get_function_configuration(call):
    function, qualifier = find(call)
    version = version_of(function, qualifier)
    function.look()
    return json_reply(describe(function, version))


@rest("lambda", "GET", "/2015-03-31/functions/{name}", ("Qualifier",))
def get_function(call):
    function, qualifier = find(call)
    version = version_of(function, qualifier)
    function.look()
    reply = {"Configuration": describe(function, version), "Tags": function.tags,
             "Code": {"RepositoryType": "S3", "Location": f"{call.account.url}/_code/{sha_of(version.code)}"}}
    if function.concurrency is not None:
        reply["Concurrency"] = {"ReservedConcurrentExecutions": function.concurrency}
    return json_reply(reply)


@rest("lambda", "GET", "/2015-03-31/functions", ("Marker", "MaxItems"))
def list_functions(call):
    names = sorted(name for region, name in call.account.functions if region == call.region)
    if marker := call.query.get("Marker"):
        names = [name for name in names if name > marker]
    size = call.number("MaxItems", call.account.knobs.max_page, call.account.knobs.max_page)
    page = [describe(call.account.functions[call.region, name], with_state=False) for name in names[:size]]
    return json_reply({"Functions": page, **({"NextMarker": names[size - 1]} if len(names) > size else {})})


@rest("lambda", "DELETE", "/2015-03-31/functions/{name}", ("Qualifier",))
def delete_function(call):
    function, qualifier = find(call)
    if qualifier:
        if any(alias["FunctionVersion"] == qualifier for alias in function.aliases.values()):
            raise conflict("Version cannot be deleted because it is used by an alias")
        function.versions.pop(qualifier, None)
    else:
        del call.account.functions[call.region, function.name]
    return Response(204)
