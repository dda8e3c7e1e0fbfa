"""Errors in the form of each dialect.

https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
"""

import json

from fake_s3.exchange import Response
from fake_s3.xmltext import document

IAM_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"


class ServiceError(Exception):
    def __init__(self, status, code, message, **members):
        self.status, self.code, self.message, self.members = status, code, message, members
        super().__init__(f"{code}: {message}")


def not_known(what):
    """Whatever the fake does not know is refused: to ignore it would be to pass a client that relies on it."""
    return ServiceError(501, "NotImplemented", f"The fake does not know {what}")


# What the verifier of S3 calls them, and what other services do. Query services name some of them differently.
_SIGNATURE = {
    "AccessDenied": ("MissingAuthenticationTokenException", "MissingAuthenticationToken", 403),
    "InvalidAccessKeyId": ("UnrecognizedClientException", "InvalidClientTokenId", 403),
    "InvalidToken": ("UnrecognizedClientException", "InvalidClientTokenId", 403),
    "SignatureDoesNotMatch": ("InvalidSignatureException", "SignatureDoesNotMatch", 403),
    "RequestTimeTooSkewed": ("InvalidSignatureException", "SignatureDoesNotMatch", 403),
}


def of_signature(error, service):
    """The service's error for an S3Error of the verifier."""
    plain, query, status = _SIGNATURE.get(error.code, ("IncompleteSignatureException", "IncompleteSignature", 400))
    canonical = error.details.get("CanonicalRequest")
    message = error.message + (f" The Canonical String for this request should have been '{canonical}'" if canonical
                               else "")
    return ServiceError(status, query if service == "iam" else plain, message)


def render(error, service, request_id):
    if service == "iam":
        kind = "Sender" if error.status < 500 else "Receiver"
        body = document("ErrorResponse", [
            ("Error", [("Type", kind), ("Code", error.code), ("Message", error.message)]),
            ("RequestId", request_id)], IAM_NAMESPACE)
        return Response(error.status, body, {"Content-Type": "text/xml"})
    if service in ("events", "logs"):
        body = {"__type": error.code, "message": error.message}
        return Response(error.status, json.dumps(body).encode(), {"Content-Type": "application/x-amz-json-1.1"})
    name = {"lambda": "Message", "scheduler": "Message"}.get(service, "message")
    body = {name: error.message, **({"Type": "User"} if service == "lambda" else {}), **error.members}
    return Response(error.status, json.dumps(body).encode(),
                    {"Content-Type": "application/json", "x-amzn-ErrorType": error.code})
