"""What comes of an invocation, and what a function is told of it."""

import json
from dataclasses import dataclass


@dataclass
class Outcome:
    payload: bytes
    error: str = ""    # "", "Handled" or "Unhandled": the header X-Amz-Function-Error.
    printed: str = ""


@dataclass
class Context:
    function_name: str
    invoked_function_arn: str
    aws_request_id: str
    deadline: float
    client_context: object = None


def failure(kind, message, error="Unhandled", trace=None, printed=""):
    body = {"errorType": kind, "errorMessage": message, **({"stackTrace": trace} if trace is not None else {})}
    return Outcome(json.dumps(body).encode(), error, printed)


def of_sandbox(kind, message, context, printed=""):
    """What Lambda says for a function that cannot say it any more: in the reply and in the log."""
    return failure(kind, f"RequestId: {context.aws_request_id} Error: {message}",
                   printed=f"{printed}RequestId: {context.aws_request_id} Error: {message}\n{kind}\n")


def timeout(config, context, printed=""):
    """https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html"""
    return of_sandbox("Sandbox.Timedout", f"Task timed out after {config['Timeout']:.2f} seconds", context, printed)
