"""One request and its reply."""

import json
import urllib.parse

from . import errors
from .store import Conditions


class Request:
    def __init__(self, method, target, headers, body, prefix=""):
        """`prefix`: of the path, before that of the API: what the service calls itself begins with it, too."""
        self.method, self.headers, self.body, self.prefix = method, headers, body, prefix
        self.raw_path, _, query = target.partition("?")
        self.query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)))

    def header(self, name):
        return self.headers.get(name.lower(), "")

    def only(self, *names):
        """A parameter that the operation does not know would be a condition that is not kept."""
        unknown = set(self.query) - set(names) - {"fields", "userProject", "prettyPrint", "alt", "projection"}
        if unknown:
            raise errors.invalid(f"the fake does not know {', '.join(sorted(unknown))} here")

    def number(self, name):
        text = self.query.get(name)
        if text is None:
            return None
        if not text.isdigit():
            raise errors.invalid(f"Invalid value for {name}: {text}")
        return int(text)

    def conditions(self, prefix="if"):
        return Conditions(self.number(f"{prefix}GenerationMatch"), self.number(f"{prefix}GenerationNotMatch"),
                          self.number(f"{prefix}MetagenerationMatch"))

    def document(self):
        if not self.header("content-type").startswith("application/json"):
            raise errors.invalid("the body is not JSON by its type")
        try:
            return json.loads(self.body or b"{}")
        except ValueError:
            raise errors.GcsError(400, "parseError", "Parse Error") from None


CONDITIONS = ("ifGenerationMatch", "ifGenerationNotMatch", "ifMetagenerationMatch")


class Reply:
    def __init__(self, status=200, body=b"", headers=None, chunked=False):
        """`chunked`: it goes out without a Content-Length."""
        self.status, self.body, self.headers, self.chunked = status, body, dict(headers or {}), chunked


def json_reply(document, status=200):
    return Reply(status, json.dumps(document).encode(), {"Content-Type": "application/json; charset=UTF-8"})
