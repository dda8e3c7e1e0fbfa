"""From a request to its reply: public or signed, which service, which operation; and errors in the service's form."""

import contextlib
import sys

from fake_s3.errors import S3Error
from fake_s3.exchange import Response
from fake_s3.server import Server

# Of the operations, most are imported to be known to `routing`.
from . import access, apigateway, events, functions, http_apis, iam, invoke, logs, scheduler  # noqa: F401  # pylint: disable=unused-import
from . import firing, routing, stages
from .answering import Answering
from .knobs import Knobs
from .signing import service_of
from .state import Account


class Service(Answering):
    def __init__(self, keys, regions, knobs=None, log=sys.stderr):
        super().__init__(keys, regions, log)
        self.account = Account(knobs or Knobs())

    def _answer(self, service, request, request_id):
        if found := stages.find(request):
            answer, arguments = found
            return answer(self.account, self._is_signed, request, *arguments)
        if request.raw_path == firing.PATH:
            return firing.answer(self.account, request)
        if request.method == "GET" and request.raw_path == "/":
            return Response(200, b"")  # Is it there?
        signed = self._check(service, request)
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


def make_server(keys, regions, knobs=None, port=0, log=sys.stderr):
    """A Server, not started; `server.service` is the Service."""
    server = Server(service := Service(keys, regions, knobs, log), ("127.0.0.1", port))
    server.service = service
    service.account.url = server.url
    return server
