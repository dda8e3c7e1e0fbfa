"""SigV4 of all services but S3: the path is encoded twice, and the body is hashed by the service.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html: "You must double-encode each
path segment (except for Amazon S3 requests which only get URI-encoded once)"
"""

import hashlib

from fake_s3.errors import S3Error
from fake_s3.signing import Verifier, quote


class ServiceVerifier(Verifier):
    services = frozenset({"lambda", "iam", "apigateway", "scheduler", "events", "logs", "execute-api"})

    @staticmethod
    def _canonical_path(request):
        return quote(request.raw_path, "/")

    @staticmethod
    def _payload(request):
        actual = hashlib.sha256(request.body).hexdigest()
        if request.header("x-amz-content-sha256", actual) != actual:
            raise S3Error("SignatureDoesNotMatch", "x-amz-content-sha256 is not that of the body")
        return actual


def _credential(request):
    return request.header("authorization").partition("Credential=")[2].partition(",")[0].split("/")


def access_key_of(request):
    """Who signed it, as far as it says so."""
    return _credential(request)[0]


def service_of(request):
    """Which service a signed request is meant for, as far as it says so."""
    scope = _credential(request)
    return scope[3] if len(scope) == 5 else ""
