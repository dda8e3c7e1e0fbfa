"""Runs one invocation of a Python function, in the directory of its code: a program of its own, so that functions may
hang, exit and read their environment. What it reports is what the runtime on AWS does:
https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html

python3 python_child.py REPLY READY: the module is imported, then the file descriptor READY is closed, then
{"event": …, "context": …} is read. The file REPLY gets {"payload": JSON's text, "failed": …}.
"""

import importlib
import json
import os
import sys
import time
import traceback


class Refused(Exception):
    """The runtime's own: it has no handler."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


class Context:
    """What handlers find: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    def __init__(self, deadline, **members):
        self._deadline = deadline
        self.__dict__ |= members

    def get_remaining_time_in_millis(self):
        return max(int((self._deadline - time.time()) * 1000), 0)


def find_handler(text):
    name, _, function = text.rpartition(".")
    try:
        module = importlib.import_module(name.replace("/", "."))
    except ImportError as error:
        raise Refused("Runtime.ImportModuleError", f"Unable to import module '{name}': {error}") from error
    except SyntaxError as error:
        raise Refused("Runtime.UserCodeSyntaxError", f"Syntax error in module '{name}': {error}") from error
    if not hasattr(module, function):
        raise Refused("Runtime.HandlerNotFound", f"Handler '{function}' missing on module '{name}'")
    return getattr(module, function)


def describe(error, request_id):
    """What is reported of an exception, which is logged, too."""
    kind = error.kind if isinstance(error, Refused) else type(error).__name__
    # The first frame is this program's.
    trace = [] if isinstance(error, Refused) else traceback.format_tb(error.__traceback__)[1:]
    print(f"[ERROR] {kind}: {error}", "Traceback (most recent call last):", *trace, sep="\n")
    return {"errorMessage": str(error), "errorType": kind, "requestId": request_id, "stackTrace": trace}


def escapes(runtime):
    """"Starting with the Python 3.12 runtime", replies have Unicode as it is:
    https://aws.amazon.com/blogs/compute/python-3-12-runtime-now-available-in-aws-lambda/"""
    return int(runtime.rpartition(".")[2]) < 12


def main(reply, ready):
    sys.path.insert(0, os.getcwd())
    handler = broken = None
    try:
        handler = find_handler(os.environ["_HANDLER"])
    except Exception as error:  # pylint: disable=broad-except
        broken = error
    os.close(int(ready))
    given = json.load(sys.stdin)
    try:
        if broken:
            raise broken
        said, failed = handler(given["event"], Context(**given["context"])), False
        payload = json.dumps(said, ensure_ascii=escapes(os.environ["AWS_EXECUTION_ENV"]))
    except Exception as error:  # pylint: disable=broad-except
        payload, failed = json.dumps(describe(error, given["context"]["aws_request_id"])), True
    with open(reply, "w", encoding="utf-8") as file:
        json.dump({"payload": payload, "failed": failed}, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
