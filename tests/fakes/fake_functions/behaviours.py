"""What functions do when they are invoked.

A function of Python is run as it is, in this process. Any other does what the name of its handler says: see BEHAVIOURS.
"""

import functools
import io
import json
import sys
import time
import traceback
import zipfile
from dataclasses import dataclass


@dataclass
class Outcome:
    payload: bytes
    error: str = ""    # "", "Handled" or "Unhandled": the header X-Amz-Function-Error.
    printed: str = ""


@dataclass
class Context:
    """What handlers of Python find: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""
    function_name: str
    invoked_function_arn: str
    aws_request_id: str
    deadline: float
    client_context: object = None

    def get_remaining_time_in_millis(self):
        return max(int((self.deadline - time.time()) * 1000), 0)


def failure(kind, message, error="Unhandled", trace=()):
    body = {"errorMessage": message, "errorType": kind, "stackTrace": list(trace)}
    return Outcome(json.dumps(body).encode(), error)


def _echo(payload, _config, _context):
    return Outcome(payload)


def _timeout(_payload, config, context):
    seconds = f"{config['Timeout']:.2f}"
    return failure("Sandbox.Timedout", f"RequestId: {context.aws_request_id} Error: Task timed out after {seconds} seconds")


BEHAVIOURS = {
    "echo": _echo,
    "error": lambda *_: failure("app.Refused", "this is what it always says", trace=["app.cc:1"]),
    "handled": lambda *_: failure("app.Refused", "this is what it always says", "Handled"),
    "timeout": _timeout,
    "exit": lambda _payload, _config, context: failure(
        "Runtime.ExitError", f"RequestId: {context.aws_request_id} Error: Runtime exited with error: exit status 3"),
    "log": lambda payload, *_: Outcome(payload, printed="a line of the function\n"),
    "flood": lambda payload, *_: Outcome(payload, printed="".join(f"line {i}\n" for i in range(2000)) + "the last line\n"),
    "environment": lambda _payload, config, _context: Outcome(
        json.dumps(config.get("Environment", {}).get("Variables", {})).encode()),
    "context": lambda _payload, _config, context: Outcome(json.dumps(
        {"requestId": context.aws_request_id, "arn": context.invoked_function_arn, "client": context.client_context,
         "remainingMs": context.get_remaining_time_in_millis()}).encode()),
    "http": lambda payload, *_: Outcome(json.dumps({"statusCode": 200, "headers": {"content-type": "application/json"},
                                                    "body": payload.decode()}).encode()),
    "malformed": lambda *_: Outcome(b'{"hello":"world"}'),
}


def run(version, payload, context):
    config = version.config
    if config["Runtime"].startswith("python"):
        return _run_python(version, payload, context)
    return BEHAVIOURS.get(config["Handler"].removeprefix("behaviour."), _echo)(payload, config, context)


def _run_python(version, payload, context):
    module, _, name = version.config["Handler"].rpartition(".")
    with zipfile.ZipFile(io.BytesIO(version.code)) as code:
        path = module.replace(".", "/") + ".py"
        if path not in code.namelist():
            return failure("Runtime.ImportModuleError", f"Unable to import module '{module}': No module named '{module}'")
        source = code.read(path)
    printed = io.StringIO()
    space = {"__name__": module, "print": functools.partial(print, file=printed)}  # Others print meanwhile.
    try:
        exec(compile(source, path, "exec"), space)  # pylint: disable=exec-used  # It is a test's own function.
        if name not in space:
            return failure("Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module}'")
        reply = json.dumps(space[name](json.loads(payload), context)).encode()
        return Outcome(reply, printed=printed.getvalue())
    except Exception as error:  # pylint: disable=broad-except
        outcome = failure(type(error).__name__, str(error), trace=traceback.format_tb(sys.exc_info()[2])[1:])
        outcome.printed = printed.getvalue()
        return outcome
