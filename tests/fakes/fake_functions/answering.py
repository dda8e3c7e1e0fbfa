"""What the fakes of services share: who signed a request, which calls there were, and errors in the service's form."""

import sys
import traceback
import uuid

from fake_s3.errors import S3Error

from .errors import ServiceError, of_signature, render
from .signing import ServiceVerifier, service_of

GLOBAL_REGION = "us-east-1"  # For which requests to IAM are signed, wherever one is.


class Answering:
    verifier = ServiceVerifier

    def __init__(self, keys, regions, log=sys.stderr):
        self.calls = []  # (service, method, path) of each signed request, for tests that count.
        self._verifier = self.verifier(keys, regions)
        self._log = log

    def answer(self, request, read_body):
        request_id = str(uuid.uuid4())
        service = service_of(request)
        try:
            request.body = read_body()
            response = self._answer(service, request, request_id)
        except S3Error as error:
            response = self._error(service, request, of_signature(error, service), request_id)
        except ServiceError as error:
            response = self._error(service, request, error, request_id)
        except Exception:  # pylint: disable=broad-except
            traceback.print_exc(file=self._log)
            response = self._error(service, request, ServiceError(500, "ServiceException", "The fake is broken"), request_id)
        response.headers.setdefault("x-amzn-RequestId", request_id)
        return response

    def _answer(self, service, request, request_id):
        raise NotImplementedError

    def _check(self, service, request):
        """The Signed of a request that may be answered."""
        signed = self._verifier.check(request)
        if service == "iam" and signed.region != GLOBAL_REGION:
            raise ServiceError(403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region.")
        self.calls.append((service, request.method, request.raw_path))
        return signed

    def _error(self, service, request, error, request_id):
        if error.status == 501:
            print(f"NOT IMPLEMENTED: {service} {request.method} {request.raw_path}: {error.message}", file=self._log,
                  flush=True)
        return render(error, service, request_id)
