"""A client of the fake Blob service that sends exactly what it is told, signed or wrongly signed."""

import base64
import http.client
import io
import json
import time
import unittest
import urllib.parse

from fake_azure import sas, signing
from fake_azure.limits import Limits
from fake_azure.service import Service
from fake_s3.exchange import Request, http_date
from fake_s3.server import Server

ACCOUNT, KEY = "ckfakeaccount", b"cktest-fakeazureraw-1"
TOKEN = "cktest-fakeazureraw-2"
VERSION = "2024-11-04"


class Reply:
    def __init__(self, response):
        self.status, self.body = response.status, response.read()
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.code = self.headers.get("x-ms-error-code")

    def text(self, element):
        _, opened, rest = self.body.decode().partition(f"<{element}>")
        return rest.partition(f"</{element}>")[0] if opened else None


def target_of(path, query):
    encoded = urllib.parse.urlencode(list(query), quote_via=urllib.parse.quote, safe="")
    return urllib.parse.quote(path) + ("?" + encoded if encoded else "")


def sign(request, key=KEY):
    return f"SharedKey {ACCOUNT}:{signing.sign(key, signing.string_to_sign(request, ACCOUNT))}"


class WithServer(unittest.TestCase):
    limits = Limits(max_put=1000, max_block=100, max_blocks=3, max_uncommitted=5)

    def setUp(self):
        self.log = io.StringIO()
        self.service = Service({ACCOUNT: KEY}, [TOKEN], self.limits, self.log)
        self.server = Server(self.service).start()
        self.addCleanup(self.server.close)
        self.ok(self.ask("PUT", "/ccc", [("restype", "container")]), 201)

    def send(self, method, target, headers, body=b""):
        """As it is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        connection.request(method, target, body, headers)
        reply = Reply(connection.getresponse())
        connection.close()
        return reply

    def headers_of(self, method, target, headers=None, body=b"", key=KEY, skew=0):
        """With the signature."""
        headers = {"x-ms-date": http_date(time.time() + skew), "x-ms-version": VERSION, **(headers or {})}
        if method in ("PUT", "POST"):
            headers["content-length"] = str(len(body))
        headers = {name: value for name, value in headers.items() if value is not None}
        headers["authorization"] = sign(Request(method, target, [(n.lower(), v) for n, v in headers.items()]), key)
        return headers

    def ask(self, method, path, query=(), headers=None, body=b"", **how):
        target = target_of(f"/{ACCOUNT}{path}", query)
        return self.send(method, target, self.headers_of(method, target, headers, body, **how), body)

    def by_token(self, method, path, query=(), body=b"", token=TOKEN, version=VERSION):
        headers = {"authorization": f"Bearer {token}", **({"x-ms-version": version} if version else {})}
        return self.send(method, target_of(f"/{ACCOUNT}{path}", query), headers, body)

    def by_sas(self, method, path, query, headers=None, body=b""):
        return self.send(method, target_of(f"/{ACCOUNT}{path}", query), headers or {}, body)

    def sas(self, blob="k", key=KEY, **changes):
        """That of a blob; or, with an empty name, of the container."""
        query = {"sv": "2022-11-02", "se": "2100-01-01", "sr": "b" if blob else "c", "sp": "r", **changes}
        text = sas.service_string(query, f"/blob/{ACCOUNT}/ccc" + (f"/{blob}" if blob else ""), "")
        return list({**query, "sig": signing.sign(key, text)}.items())

    def put(self, path="/ccc/k", body=b"data", **headers):
        headers = {"x-ms-blob-type": "BlockBlob", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.ask("PUT", path, headers=headers, body=body)

    def control(self, what, value=None):
        body = json.dumps(value).encode() if value is not None else b""
        reply = self.send("POST" if body else "GET", f"/_fake/{what}", {}, body)
        self.assertEqual(reply.status, 200, reply.body)
        return json.loads(reply.body)

    def ok(self, reply, status=200):
        self.assertEqual(reply.status, status, reply.body)
        return reply

    def refused(self, reply, status, code):
        self.assertEqual((reply.status, reply.code), (status, code), reply.body)
        return reply


def block_id(text):
    return base64.b64encode(text.encode()).decode()
