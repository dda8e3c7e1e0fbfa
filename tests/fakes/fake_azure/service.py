"""From a request to its reply: routing, authorization, body, operation; and errors in Azure's form."""

import secrets
import sys
import time
import traceback
from collections import Counter

from fake_s3.errors import S3Error
from fake_s3.exchange import Response, decode

# Of the operations, most are imported to be known to `routing`.
from . import batch, blobs, blocks, containers, control, copying, leases, listing, properties  # noqa: F401
from . import digests, routing
from .authorize import Verifier
from .errors import BlobError
from .limits import Limits
from .names import check_blob, check_container
from .storage import Account
from .xmltext import document

_SERVER = "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0"


class Service:
    def __init__(self, accounts, tokens=(), limits=None, log=sys.stderr):
        """`accounts`: keys by name. `tokens`: that are taken as those of Entra ID."""
        self.limits = limits or Limits()
        self.accounts = {name: Account(name, key) for name, key in accounts.items()}
        self.verifier = Verifier(tokens, self.limits)
        self.faults = {}          # Codes that the next calls of an operation are refused with.
        self.calls = Counter()
        self.deleting_seconds = self.limits.deleting_seconds
        self.copy_looks = self.limits.copy_looks
        self._log = log

    def answer(self, request, read_body):
        """`read_body()` gives the bytes; it is not called when the headers alone are refused."""
        if request.raw_path.startswith(control.PATH):
            return self._finish(request, control.answer(self, request, read_body()))
        was_read = False
        try:
            self.locate(request)
            operation = self._admit(request)
            self._check_length(request, operation)
            request.body = read_body()
            was_read = True
            response = self.perform(request, operation)
        except S3Error as error:
            response = self._error(request, BlobError("InvalidInput", Detail=error.code))
        except BlobError as error:
            response = self._error(request, error)
        except Exception:  # pylint: disable=broad-except
            traceback.print_exc(file=self._log)
            response = self._error(request, BlobError("InternalError"))
        response.close = response.close or not was_read
        return self._finish(request, response)

    def answer_part(self, request):
        """Of a batch: its body is there already."""
        try:
            self.locate(request)
            operation = self._admit(request)
            if operation.handler not in batch.ALLOWED:
                raise BlobError("InvalidInput")
            response = self.perform(request, operation)
        except BlobError as error:
            response = self._error(request, error)
        return self._finish(request, response)

    def refusal(self, request, error):
        return self._finish(request, self._error(request, error))

    def locate(self, request):
        """The account stands in the path: http://HOST:PORT/ACCOUNT/CONTAINER/BLOB, as Azurite has it."""
        account, _, rest = request.raw_path[1:].partition("/")
        container, _, blob = rest.partition("/")
        request.account = self.accounts.get(decode(account))
        request.container, request.blob = decode(container), decode(blob)
        if request.account is None:
            raise BlobError("ResourceNotFound")

    def _admit(self, request):
        operation = routing.find(request)
        self.verifier.check(request, request.account, operation)
        self.calls[operation.name] += 1
        if self.faults.get(operation.name):
            raise BlobError(self.faults[operation.name].pop(0))
        if request.container:
            check_container(request.container)
        check_blob(request.blob, self.limits)
        return operation

    def _check_length(self, request, operation):
        if "content-length" not in request.headers and operation.method in ("PUT", "POST"):
            raise BlobError("MissingContentLengthHeader")
        most = {"none": 0, "xml": self.limits.max_xml, "batch": self.limits.max_batch_body}.get(operation.body,
                                                                                                self.limits.max_put)
        if operation.handler is blocks.put_block:
            most = self.limits.max_block
        if int(request.header("content-length") or 0) > most:
            raise BlobError("RequestBodyTooLarge" if most else "InvalidInput")

    def perform(self, request, operation):
        digests.check(request)
        return operation.handler(self, request)

    def _error(self, request, error):
        request_id = request.id = secrets.token_hex(16)
        if error.code in ("UnsupportedQueryParameter", "UnsupportedHeader"):
            print(f"NOT IMPLEMENTED: {request.method} {request.raw_path}: {error.details}", file=self._log, flush=True)
        headers = {**error.headers, "x-ms-error-code": error.code}
        if error.status == 304:
            return Response(304, headers=headers)
        moment = time.strftime("%Y-%m-%dT%H:%M:%S.0000000Z", time.gmtime(self.verifier.now()))
        message = f"{error.message}\nRequestId:{request_id}\nTime:{moment}"
        body = document("Error", [("Code", error.code), ("Message", message), *error.details.items()])
        return Response(error.status, body, {"Content-Type": "application/xml", **headers})

    @staticmethod
    def _finish(request, response):
        response.headers["Server"] = _SERVER
        response.headers.setdefault("x-ms-request-id", getattr(request, "id", "") or secrets.token_hex(16))
        if request.header("x-ms-version"):
            response.headers.setdefault("x-ms-version", request.header("x-ms-version"))
        if request.header("x-ms-client-request-id"):
            response.headers["x-ms-client-request-id"] = request.header("x-ms-client-request-id")
        return response

    # ---- what handlers ask

    @staticmethod
    def container_of(request):
        return request.account.get(request.container)

    @staticmethod
    def look_at_copy(blob):
        copying.look(blob)

    def blob_of(self, request):
        """(container, blob) that a request means: the current one, a snapshot or a version."""
        container = self.container_of(request)
        with container.lock:
            blob = self._find(container, request)
        if blob is None:
            raise BlobError("BlobNotFound")
        return container, blob

    @staticmethod
    def _find(container, request):
        snapshot, version = request.query.get("snapshot"), request.query.get("versionid")
        current = container.blobs.get(request.blob)
        if snapshot:
            return next((one for one in container.snapshots.get(request.blob, ()) if one.snapshot == snapshot), None)
        if version and not (current and current.version == version):
            return next((one for one in container.versions.get(request.blob, ()) if one.version == version), None)
        return current
