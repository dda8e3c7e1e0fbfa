"""The fake as a server of HTTP/1.1."""

import socket
import unittest

import raw
from asking import WithServer
from fake_s3.limits import Limits


class Http(WithServer):
    limits = Limits(max_put=1000)

    def setUp(self):
        super().setUp()
        self.socket = socket.create_connection(("127.0.0.1", self.server.port), timeout=10)
        self.addCleanup(self.socket.close)

    def head(self, method, target, headers):
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode()

    def signed(self, method="PUT", key="/k", body=b"data", headers=None, length=True):
        target = self.bucket + key
        more = {"content-length": str(len(body))} if length else {}
        signed = self.client.sign(method, target, headers=headers, body=body)
        return self.head(method, target, {**signed, **more}) + body

    def until_closed(self):
        received = b""
        while data := self.socket.recv(65536):
            received += data
        return received.decode()

    def test_several_at_once(self):
        last = self.signed("GET", body=b"").replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n", 1)
        self.socket.sendall(self.signed() + self.signed("HEAD", body=b"") + last)
        received = self.until_closed()
        self.assertEqual(received.count("HTTP/1.1 200 OK\r\n"), 3)
        self.assertTrue(received.endswith("\r\n\r\ndata"))

    def test_a_body_that_nobody_wants(self):
        refused = self.signed().replace(b"Signature=", b"Signature=0", 1)
        refused = refused.replace(b"content-length: 4", b"content-length: 900")
        self.socket.sendall(refused + b"x" * 896)
        received = self.until_closed()
        self.assertIn("HTTP/1.1 403 Forbidden", received)
        self.assertIn("Connection: close", received)

    def test_a_body_that_ends_early(self):
        self.socket.sendall(self.signed().replace(b"content-length: 4", b"content-length: 9"))
        self.socket.shutdown(socket.SHUT_WR)
        self.assertIn("<Code>IncompleteBody</Code>", self.until_closed())
        self.refused(self.ask("GET", "/k"), 404, "NoSuchKey")

    def test_lengths(self):
        self.socket.sendall(self.signed(body=b"", length=False))
        self.socket.shutdown(socket.SHUT_WR)
        self.assertIn("HTTP/1.1 411 ", self.until_closed())
        chunked = self.client.sign("PUT", self.bucket + "/k", body=b"data")
        chunked = {**chunked, "content-length": None, "transfer-encoding": "chunked"}
        refused = self.client.send("PUT", self.bucket + "/k", chunked, b"4\r\ndata\r\n0\r\n\r\n")
        self.refused(refused, 501, "NotImplemented")

    def test_what_is_no_http(self):
        for nonsense in (b"\x16\x03\x01\x02\x00\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
                         b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
                         b"GET /%FF?%FF HTTP/1.1\r\nhost: x\r\n\r\n",
                         b"GET / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip\r\n\r\n",
                         b"GET / HTTP/1.1\r\n : x\r\n\r\n",
                         b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 20_000 + b"\r\n"):
            with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as connection:
                connection.sendall(nonsense)
                self.assertTrue(connection.recv(100).startswith(b"HTTP/1.1 400 "), nonsense[:60])

    def test_a_virtual_host(self):
        host = {"host": self.bucket[1:] + ".s3.localhost"}
        self.put(body=b"data")
        client = raw.Client(self.server)
        client.host = host["host"]
        signed = client.sign("GET", "/k")
        self.assertEqual(self.ok(client.send("GET", "/k", signed)).body, b"data")


if __name__ == "__main__":
    unittest.main()
