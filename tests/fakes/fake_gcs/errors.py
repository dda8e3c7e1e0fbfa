"""What the service answers instead. https://cloud.google.com/storage/docs/json_api/v1/status-codes"""

import json
from xml.sax.saxutils import escape

# Of the JSON API's reasons, the XML API's codes: https://cloud.google.com/storage/docs/xml-api/reference-status
_XML_CODES = {"conditionNotMet": "PreconditionFailed", "required": "AuthenticationRequired", "invalid": "InvalidArgument",
              "authError": "AuthenticationRequired", "requestedRangeNotSatisfiable": "InvalidRange"}


class GcsError(Exception):
    """`xml_code` where the XML API says more than the JSON API."""

    def __init__(self, status, reason, message, xml_code=None):
        super().__init__(message)
        self.status, self.reason, self.message = status, reason, message
        self.xml_code = xml_code or _XML_CODES.get(reason, reason)

    def as_json(self):
        details = [{"domain": "global", "reason": self.reason, "message": self.message}]
        return json.dumps({"error": {"code": self.status, "message": self.message, "errors": details}}).encode()

    def as_xml(self):
        return (f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{self.xml_code}</Code>"
                f"<Message>{escape(self.message)}</Message></Error>").encode()


def no_bucket():
    return GcsError(404, "notFound", "The specified bucket does not exist.", "NoSuchBucket")


def no_object(bucket, name):
    return GcsError(404, "notFound", f"No such object: {bucket}/{name}", "NoSuchKey")


def condition_not_met():
    return GcsError(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")


def not_modified():
    return GcsError(304, "notModified", "")


def invalid(message):
    return GcsError(400, "invalid", message)
