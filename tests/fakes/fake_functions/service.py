"""From a request to its reply: public or signed, which service, which operation; and errors in the service's form."""

import contextlib
import sys
import traceback
import uuid

from fake_s3.errors import S3Error
from fake_s3.exchange import Response
from fake_s3.server import Server

# Of the operations, most are imported to be known to `routing`.
from . import access, apigateway, events, functions, http_apis, iam, invoke, logs, scheduler  # noqa: F401  # pylint: disable=unused-import
from . import firing, routing, stages
from .errors import ServiceError, of_signature, render
from .knobs import Knobs
from .signing import ServiceVerifier, service_of
from .state import Account

GLOBAL_REGION = "us-east-1"  # For which requests to IAM are signed, wherever one is.


class Service:
    def __init__(self, keys, regions, knobs=None, log=sys.stderr):
        self.account = Account(knobs or Knobs())
        self.calls = []  # (service, method, path) of each signed request, for tests that count.
        self._verifier = ServiceVerifier(keys, regions)
        self._log = log

    def answer(self, request, read_body):
        request_id = str(uuid.uuid4())
        service = service_of(request)
        try:
            request.body = read_body()
            response = self._answer(service, request)
        except S3Error as error:
            response = self._error(service, request, of_signature(error, service), request_id)
        except ServiceError as error:
            response = self._error(service, request, error, request_id)
        except Exception:  # pylint: disable=broad-except
            traceback.print_exc(file=self._log)
            response = self._error(service, request, ServiceError(500, "ServiceException", "The fake is broken"), request_id)
        response.headers.setdefault("x-amzn-RequestId", request_id)
        return response

    def _answer(self, service, request):
        if found := stages.find(request):
            answer, arguments = found
            return answer(self.account, self._is_signed, request, *arguments)
        if request.raw_path == firing.PATH:
            return firing.answer(self.account, request)
        if request.method == "GET" and request.raw_path == "/":
            return Response(200, b"")  # Is it there?
        signed = self._verifier.check(request)
        if service == "iam" and signed.region != GLOBAL_REGION:
            raise ServiceError(403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region.")
        self.calls.append((service, request.method, request.raw_path))
        # Functions run side by side.
        is_invocation = service == "lambda" and request.raw_path.endswith("/invocations")
        with contextlib.nullcontext() if is_invocation else self.account.lock:
            return routing.dispatch(self.account, service, request, signed.region)

    def _is_signed(self, request):
        try:
            self._verifier.check(request)
        except S3Error:
            return False
        return service_of(request) in ("execute-api", "lambda")

    def _error(self, service, request, error, request_id):
        if error.status == 501:
            print(f"NOT IMPLEMENTED: {service} {request.method} {request.raw_path}: {error.message}", file=self._log,
                  flush=True)
        return render(error, service, request_id)


def make_server(keys, regions, knobs=None, port=0, log=sys.stderr):
    """A Server, not started; `server.service` is the Service."""
    server = Server(service := Service(keys, regions, knobs, log), ("127.0.0.1", port))
    server.service = service
    service.account.url = server.url
    return server
