"""Runs a Python function on the Lambda Runtime API, for machines without awslambdaric. Needs the standard library only."""

import http.client
import importlib
import json
import logging
import os
import sys
import time
import traceback

RUNTIME = "/2018-06-01/runtime/"
current_request_id = ""


class Failure(Exception):
    """Something that is not the function's own exception, with the type that Lambda gives it."""

    def __init__(self, error_type, message):
        super().__init__(message)
        self.error_type = error_type


class Context:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    def __init__(self, headers):
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers.get("Lambda-Runtime-Invoked-Function-Arn", "")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME", "")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME", "")
        self.identity = None
        self.client_context = client_context(headers.get("Lambda-Runtime-Client-Context"))
        self.deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self.deadline_ms - int(time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))


class ClientContext:
    def __init__(self, fields):
        self.client = fields.get("client")
        self.custom = fields.get("custom")
        self.env = fields.get("env")


def client_context(text):
    if not text:
        return None
    # Headers are read as Latin-1.
    fields = json.loads(text.encode("latin-1").decode("utf-8"))
    return ClientContext(fields) if isinstance(fields, dict) else None


class RequestFilter(logging.Filter):
    def filter(self, record):
        record.aws_request_id = current_request_id
        return True


def set_up_logging():
    """As Lambda does: the root logger writes to stdout, a line a record."""
    handler = logging.StreamHandler(sys.stdout)
    form = logging.Formatter("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S")
    form.converter = time.gmtime
    handler.setFormatter(form)
    handler.addFilter(RequestFilter())
    logging.getLogger().addHandler(handler)


def find_handler(name):
    """The function of "app.handler", or of "folder/app.handler"."""
    module_name, dot, function_name = name.rpartition(".")
    if not dot or not module_name:
        raise Failure("Runtime.MalformedHandlerName", "Bad handler '%s': it must be FILE.FUNCTION" % name)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Failure("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, error)) from error
    except SyntaxError as error:
        raise Failure("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error)) from error
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise Failure("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function_name, module_name)) from None


def as_number(value):
    """A Decimal, which DynamoDB's numbers are in boto3, is a number as by Lambda's runtime. Imported for nothing else."""
    import decimal
    if not isinstance(value, decimal.Decimal):
        raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)
    if value.is_nan():
        return float("nan")
    return int(value) if value.as_tuple().exponent == 0 else float(value)


def to_json(value):
    try:
        return json.dumps(value, ensure_ascii=False, default=as_number).encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise Failure("Runtime.MarshalError", "Unable to marshal response: %s" % error) from error


def describe(error):
    """An exception as Lambda reports it, without the lines of this file."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    frames = [frame for frame in frames if not frame.filename.startswith("<frozen importlib")]
    own = isinstance(error, Failure)
    return {
        "errorMessage": str(error),
        "errorType": error.error_type if own else type(error).__name__,
        "stackTrace": [] if own else traceback.format_list(frames),
    }


class RuntimeApi:
    def __init__(self, authority):
        # No time limit: the next invocation may be hours away.
        self.connection = http.client.HTTPConnection(authority, timeout=None)

    def call(self, method, path, body=None, headers=None):
        self.connection.request(method, RUNTIME + path, body, headers or {})
        response = self.connection.getresponse()
        return response.status, response.headers, response.read()

    def next(self):
        status, headers, body = self.call("GET", "invocation/next")
        if status != 200:
            raise SystemExit("the runtime API answered %d to next" % status)
        return headers, body

    def respond(self, request_id, body):
        status, _, _ = self.call("POST", "invocation/%s/response" % request_id, body)
        if status == 413:
            raise Failure("Function.ResponseSizeTooLarge", "Response payload size (%d bytes) exceeded maximum allowed payload size." % len(body))

    def fail(self, path, error):
        report = describe(error)
        print("[ERROR] %s: %s" % (report["errorType"], report["errorMessage"]))
        if report["stackTrace"]:
            print("Traceback (most recent call last):\n" + "".join(report["stackTrace"]).rstrip())
        headers = {"Content-Type": "application/json"}
        # A class may have any name, a header may not. The body has it, too.
        if all(" " < character <= "~" for character in report["errorType"]):
            headers["Lambda-Runtime-Function-Error-Type"] = report["errorType"]
        self.call("POST", path, json.dumps(report).encode("utf-8"), headers)


def run_one(api, handler):
    global current_request_id
    headers, body = api.next()
    context = Context(headers)
    current_request_id = context.aws_request_id
    os.environ["_X_AMZN_TRACE_ID"] = headers.get("Lambda-Runtime-Trace-Id", "")
    try:
        api.respond(current_request_id, to_json(handler(json.loads(body), context)))
    except Exception as error:  # Not BaseException: sys.exit() ends the function's process, as on Lambda.
        api.fail("invocation/%s/error" % current_request_id, error)


def main():
    # So that a function that is killed has logged what it printed.
    sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    set_up_logging()
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        handler = find_handler(os.environ["_HANDLER"])
    except Exception as error:
        api.fail("init/error", error)
        sys.exit(1)
    while True:
        run_one(api, handler)


main()
