"""What functions do when they are invoked.

A function of Python is run as it is. Any other does what the name of its handler says: see BEHAVIOURS.
"""

import json
import time

from . import python_functions
from .outcome import Outcome, failure, of_sandbox, timeout


def _echo(payload, _config, _context):
    return Outcome(payload)


BEHAVIOURS = {
    "echo": _echo,
    "error": lambda *_: failure("app.Refused", "this is what it always says", trace=["app.cc:1"]),
    "handled": lambda *_: failure("app.Refused", "this is what it always says", "Handled"),
    "timeout": lambda _payload, config, context: timeout(config, context),
    "exit": lambda _payload, _config, context: of_sandbox("Runtime.ExitError",
                                                          "Runtime exited with error: exit status 3", context),
    "log": lambda payload, *_: Outcome(payload, printed="a line of the function\n"),
    "flood": lambda payload, *_: Outcome(payload, printed="".join(f"line {i}\n" for i in range(2000)) + "the last line\n"),
    "environment": lambda _payload, config, _context: Outcome(
        json.dumps(config.get("Environment", {}).get("Variables", {})).encode()),
    "context": lambda _payload, _config, context: Outcome(json.dumps(
        {"requestId": context.aws_request_id, "arn": context.invoked_function_arn, "client": context.client_context,
         "remainingMs": int((context.deadline - time.time()) * 1000)}).encode()),
    "http": lambda payload, *_: Outcome(json.dumps({"statusCode": 200, "headers": {"content-type": "application/json"},
                                                    "body": payload.decode()}).encode()),
    "malformed": lambda *_: Outcome(b'{"hello":"world"}'),
}


def run(version, payload, context):
    config = version.config
    if config["Runtime"].startswith("python"):
        return python_functions.run(version, payload, context)
    return BEHAVIOURS.get(config["Handler"].removeprefix("behaviour."), _echo)(payload, config, context)
