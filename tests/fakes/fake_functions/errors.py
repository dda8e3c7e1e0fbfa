"""Errors in the form of each dialect.

https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""

import json

from fake_s3.exchange import Response
from fake_s3.xmltext import document

IAM_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
# Of the services that take forms; EC2 is another family.
NAMESPACES = {"iam": IAM_NAMESPACE, "sts": "https://sts.amazonaws.com/doc/2011-06-15/"}
_JSON_1_1 = ("events", "logs", "ssm", "ecr")


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


# EC2 says the same of all keys and signatures that are wrong.
_SIGNATURE_OF_EC2 = {
    "AccessDenied": (400, "MissingParameter", "The request must contain the parameter AWSAccessKeyId"),
    "RequestTimeTooSkewed": (400, "RequestExpired", "Request has expired."),
    "InvalidAccessKeyId": (401, "AuthFailure", "AWS was not able to validate the provided access credentials"),
    "InvalidToken": (401, "AuthFailure", "AWS was not able to validate the provided access credentials"),
    "SignatureDoesNotMatch": (401, "AuthFailure", "AWS was not able to validate the provided access credentials"),
}


def of_signature(error, service):
    """The service's error for an S3Error of the verifier."""
    if service == "ec2":
        return ServiceError(*_SIGNATURE_OF_EC2.get(error.code, (400, "IncompleteSignature", error.message)))
    plain, query, status = _SIGNATURE.get(error.code, ("IncompleteSignatureException", "IncompleteSignature", 400))
    canonical = error.details.get("CanonicalRequest")
    message = error.message + (f" The Canonical String for this request should have been '{canonical}'" if canonical
                               else "")
    return ServiceError(status, query if service in NAMESPACES else plain, message)


def render(error, service, request_id):
    if service == "ec2":
        body = document("Response", [("Errors", [("Error", [("Code", error.code), ("Message", error.message)])]),
                                     ("RequestID", request_id)], None)
        return Response(error.status, body, {"Content-Type": "text/xml;charset=UTF-8"})
    if service in NAMESPACES:
        kind = "Sender" if error.status < 500 else "Receiver"
        body = document("ErrorResponse", [
            ("Error", [("Type", kind), ("Code", error.code), ("Message", error.message)]),
            ("RequestId", request_id)], NAMESPACES[service])
        return Response(error.status, body, {"Content-Type": "text/xml"})
    if service in _JSON_1_1:
        body = {"__type": error.code, "message": error.message}
        return Response(error.status, json.dumps(body).encode(), {"Content-Type": "application/x-amz-json-1.1"})
    name = {"lambda": "Message", "scheduler": "Message"}.get(service, "message")
    body = {name: error.message, **({"Type": "User"} if service == "lambda" else {}), **error.members}
    return Response(error.status, json.dumps(body).encode(),
                    {"Content-Type": "application/json", "x-amzn-ErrorType": error.code})
