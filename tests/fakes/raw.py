"""A client that sends exactly what it is told, signed or wrongly signed: for what no real client would send."""

import hashlib
import http.client
import time
import urllib.parse

from fake_s3 import signing
from fake_s3.server import Server
from fake_s3.service import Service

KEY, SECRET = "CKTESTFAKERAWKEY0001", "cktest-fakeraw-1"
REGIONS = ["us-east-1", "us-west-2"]


def start(limits=None, log=None, tls=None):
    return Server(Service({KEY: (SECRET, None)}, REGIONS, limits, **({"log": log} if log else {})), tls=tls).start()


class Reply:
    def __init__(self, response):
        self.status, self.body = response.status, response.read()
        self.headers = {name.lower(): value for name, value in response.getheaders()}

    def text(self, element):
        _, opened, rest = self.body.decode().partition(f"<{element}>")
        return rest.partition(f"</{element}>")[0] if opened else None

    @property
    def code(self):
        return self.text("Code")


class Client:
    def __init__(self, server, secret=SECRET, region="us-east-1", key=KEY, skew=0):
        self._port, self._secret, self._region, self._key, self._skew = server.port, secret, region, key, skew
        self.host = f"127.0.0.1:{server.port}"

    def now(self):
        return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() + self._skew))

    def scope(self, now):
        return f"{now[:8]}/{self._region}/s3/aws4_request"

    def signing_key(self, now):
        return signing.signing_key(self._secret, now[:8], self._region, "s3")

    def _signature(self, method, path, query, headers, payload, now):
        pairs = sorted((signing.quote(name), signing.quote(value)) for name, value in query)
        names = sorted(headers)
        canonical = "\n".join([method, path, "&".join(f"{name}={value}" for name, value in pairs),
                               "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in names),
                               ";".join(names), payload])
        text = "\n".join([signing.ALGORITHM, now, self.scope(now), hashlib.sha256(canonical.encode()).hexdigest()])
        return signing.sign(self.signing_key(now), text)

    def sign(self, method, path, query=(), headers=None, payload=None, body=b"", now=None):
        """All headers of the request, with those of the signature."""
        now = now or self.now()
        payload = payload or hashlib.sha256(body).hexdigest()
        headers = {**(headers or {}), "host": self.host, "x-amz-date": now, "x-amz-content-sha256": payload}
        signature = self._signature(method, path, query, headers, payload, now)
        names = ";".join(sorted(headers))
        headers["authorization"] = (f"{signing.ALGORITHM} Credential={self._key}/{self.scope(now)}, "
                                    f"SignedHeaders={names}, Signature={signature}")
        return headers

    def presign(self, method, path, expires=60, now=None, headers=None):
        now, headers = now or self.now(), {"host": self.host, **(headers or {})}
        query = [("X-Amz-Algorithm", signing.ALGORITHM), ("X-Amz-Credential", f"{self._key}/{self.scope(now)}"),
                 ("X-Amz-Date", now), ("X-Amz-Expires", str(expires)),
                 ("X-Amz-SignedHeaders", ";".join(sorted(headers)))]
        signature = self._signature(method, path, query, headers, "UNSIGNED-PAYLOAD", now)
        return path + "?" + urllib.parse.urlencode([*query, ("X-Amz-Signature", signature)])

    def send(self, method, target, headers=None, body=b""):
        """As it is: nothing is added but a Content-Length."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        headers = {"host": self.host, "content-length": str(len(body)), **(headers or {})}
        for name, value in headers.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(body)
        reply = Reply(connection.getresponse())
        connection.close()
        return reply

    def ask(self, method, path, query=(), headers=None, body=b"", **options):
        query = list(query.items()) if isinstance(query, dict) else list(query)
        signed = self.sign(method, path, query, headers, body=body, **options)
        encoded = "&".join(f"{signing.quote(name)}={signing.quote(value)}" for name, value in query)
        return self.send(method, path + ("?" + encoded if encoded else ""), signed, body)

    def stream(self, path, chunks, payload, headers=None, trailers=None, spoil=None):
        """A put in chunks. `spoil(body)`: what is done to it on its way."""
        data = b"".join(chunks)
        now = self.now()
        headers = {"content-encoding": "aws-chunked", "x-amz-decoded-content-length": str(len(data)), **(headers or {})}
        signed = self.sign("PUT", path, (), headers, payload, now=now)
        previous = signed["authorization"].rpartition("=")[2]
        body = b""
        is_signed = payload != "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
        for chunk in [*chunks, b""]:
            text = "\n".join(["AWS4-HMAC-SHA256-PAYLOAD", now, self.scope(now), previous,
                              hashlib.sha256(b"").hexdigest(), hashlib.sha256(chunk).hexdigest()])
            previous = signing.sign(self.signing_key(now), text)
            body += b"%x" % len(chunk) + (f";chunk-signature={previous}".encode() if is_signed else b"") + b"\r\n"
            body += chunk + (b"\r\n" if chunk else b"")
        lines = "".join(f"{name}:{value}\n" for name, value in (trailers or {}).items())
        body += lines.replace("\n", "\r\n").encode()
        if payload.endswith("PAYLOAD-TRAILER") and is_signed:
            text = "\n".join(["AWS4-HMAC-SHA256-TRAILER", now, self.scope(now), previous,
                              hashlib.sha256(lines.encode()).hexdigest()])
            body += f"x-amz-trailer-signature:{signing.sign(self.signing_key(now), text)}\r\n".encode()
        body += b"\r\n"
        return self.send("PUT", path, signed, spoil(body) if spoil else body)
