"""Invocations. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""

import base64
import json
import threading
import time
import uuid

from fake_s3.exchange import Response

from . import behaviours
from .errors import ServiceError
from .functions import find, version_of
from .outcome import Context, failure
from .routing import rest

_MAX_CLIENT_CONTEXT = 3583  # Bytes of base64.
_TAIL = 4096
_RETRIES = 2                # dg/invocation-async-error-handling.html


@rest("lambda", "POST", "/2015-03-31/functions/{name}/invocations", ("Qualifier",), None)
def invoke(call):
    function, qualifier = find(call)
    version = version_of(function, qualifier)
    mode = call.request.header("x-amz-invocation-type", "RequestResponse")
    if mode not in ("RequestResponse", "Event", "DryRun"):
        raise ServiceError(400, "ValidationException", f"Value '{mode}' at 'invocationType' failed to satisfy constraint")
    if mode == "DryRun":
        return Response(204)
    if function.state == "Pending":
        function.look()
        raise ServiceError(409, "ResourceConflictException", "The operation cannot be performed at this time. The "
                           "function is currently in the following state: Pending")
    payload = _check_payload(call, mode)
    client = _client_context(call.request.header("x-amz-client-context"))
    if function.concurrency == 0:
        raise ServiceError(429, "TooManyRequestsException", "Rate Exceeded.",
                           Reason="ReservedFunctionConcurrentInvocationLimitExceeded")
    if mode == "Event":
        threading.Thread(target=run_async, daemon=True,
                         args=(call.account, call.region, function, version, payload)).start()
        return Response(202)
    outcome, lines = run(call.account, call.region, function, version, payload, client)
    headers = {"Content-Type": "application/json", "X-Amz-Executed-Version": version.number}
    if outcome.error:
        headers["X-Amz-Function-Error"] = outcome.error
    if call.request.header("x-amz-log-type") == "Tail":
        headers["X-Amz-Log-Result"] = base64.b64encode("".join(lines).encode()[-_TAIL:]).decode()
    return Response(200, outcome.payload, headers)


def _check_payload(call, mode):
    payload = call.request.body or b"{}"
    most = call.account.knobs.max_async if mode == "Event" else call.account.knobs.max_sync
    if len(payload) > most:
        raise ServiceError(413, "RequestTooLargeException", f"{len(payload)} byte payload is too large for the {mode} "
                           f"invocation type (limit {most} bytes)")
    try:
        json.loads(payload.decode())
    except ValueError as error:
        raise ServiceError(400, "InvalidRequestContentException", "Could not parse request body into json: "
                           f"{error}") from error
    return payload


def _client_context(text):
    if len(text) > _MAX_CLIENT_CONTEXT:
        raise ServiceError(400, "InvalidRequestContentException", "Client context must be no more than 3583 bytes")
    try:
        return json.loads(base64.b64decode(text, validate=True)) if text else None
    except ValueError as error:
        raise ServiceError(400, "InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON "
                           "object") from error


def run_async(account, region, function, version, payload):
    for _ in range(1 + _RETRIES):
        if not run(account, region, function, version, payload)[0].error:
            return


def run(account, region, function, version, payload, client=None):
    """(outcome, lines of the log). The lines go to the log group when the role may write there."""
    request_id = str(uuid.uuid4())
    arn = function.arn if version.number == "$LATEST" else f"{function.arn}:{version.number}"
    context = Context(function.name, arn, request_id, time.time() + version.config["Timeout"], client)
    outcome = behaviours.run(version, payload, context)
    if len(outcome.payload) > account.knobs.max_sync:
        outcome = failure("Function.ResponseSizeTooLarge", "Response payload size exceeded maximum allowed "
                                     f"payload size ({account.knobs.max_sync} bytes).")
    report = (f"REPORT RequestId: {request_id}\tDuration: 1.00 ms\tBilled Duration: 1 ms\tMemory Size: "
              f"{version.config['MemorySize']} MB\tMax Memory Used: 1 MB\t\n")
    lines = [f"START RequestId: {request_id} Version: {version.number}\n",
             *outcome.printed.splitlines(keepends=True), f"END RequestId: {request_id}\n", report]
    with account.lock:
        role = next((role for role in account.roles.values() if role.arn == version.config["Role"]), None)
        if role and role.may_log():
            account.log(region, f"/aws/lambda/{function.name}", lines)
    return outcome, lines
