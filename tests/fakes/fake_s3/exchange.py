"""What a handler is given and what it returns."""

import email.utils
import time
import urllib.parse

from .errors import S3Error


class Request:
    """One request. Header names are in lower case; several of one name are joined as SigV4 joins them."""

    def __init__(self, method, target, headers):
        self.method = method
        self.received = time.time()
        self.raw_path, _, self.raw_query = target.partition("?")
        self.headers = {}
        for name, value in headers:
            self.headers[name] = f"{self.headers[name]},{value}" if name in self.headers else value
        self.query = {}
        self.query_pairs = _pairs(self.raw_query)
        for name, value in self.query_pairs:
            self.query.setdefault(name, value)
        self.bucket = self.key = ""
        self.body = b""
        self.checksum = None  # A checksums.Checksum that the client sent, already compared.
        self.ticket = None    # How often the key had changed when the request came: see conditions.py.
        self.presigned = "X-Amz-Signature" in self.query

    def header(self, name, default=""):
        return self.headers.get(name, default)

    def number(self, name, default, low, high):
        """A number of the query; more than `high` is `high`."""
        text = self.query.get(name, "")
        if not text:
            return default
        if not text.isascii() or not text.isdigit() or int(text) < low or int(text) > 2**31 - 1:
            raise S3Error("InvalidArgument", f"Argument {name} must be an integer between {low} and 2147483647",
                          ArgumentName=name, ArgumentValue=text)
        return min(int(text), high)


class Response:
    def __init__(self, status=200, body=b"", headers=None, close=False):
        self.status = status
        self.body = body
        self.headers = headers or {}
        self.close = close  # The connection, after this.

    @staticmethod
    def xml(body, headers=None, status=200):
        return Response(status, body, {"Content-Type": "application/xml", **(headers or {})})


def decode(text, plus_is_space=False):
    """Percent-decoded UTF-8."""
    try:
        return urllib.parse.unquote_to_bytes(text.replace("+", " ") if plus_is_space else text).decode("utf-8")
    except UnicodeDecodeError as error:
        raise S3Error("InvalidURI", URI=text) from error


def _pairs(raw_query):
    pairs = []
    for item in raw_query.split("&"):
        if item:
            name, _, value = item.partition("=")
            pairs.append((decode(name, True), decode(value, True)))
    return pairs


def http_date(seconds):
    return email.utils.formatdate(seconds, usegmt=True)


def parse_http_date(text):
    """Seconds, or None for what is no date: RFC 9110 says to ignore the condition then."""
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError):
        return None


def iso_date(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))
