"""What tests of the fake by a raw client share: a server, a bucket for each test, and how replies are judged."""

import base64
import io
import unittest

import raw
from fake_s3.limits import Limits


def base64_of(data):
    return base64.b64encode(data).decode()


class WithServer(unittest.TestCase):
    limits = Limits(max_put=1000, max_copy=500)

    @classmethod
    def setUpClass(cls):
        cls.log = io.StringIO()
        cls.server = raw.start(cls.limits, cls.log)
        cls.client = raw.Client(cls.server)

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def setUp(self):
        self.bucket = "/" + self.id().rpartition(".")[2].replace("_", "-")[:60]
        self.assertEqual(self.client.ask("PUT", self.bucket).status, 200)

    def ask(self, method, key, query=(), headers=None, body=b""):
        return self.client.ask(method, self.bucket + key, query, headers, body)

    def ok(self, reply, status=200):
        self.assertEqual(reply.status, status, reply.body)
        return reply

    def refused(self, reply, status, code):
        self.assertEqual((reply.status, reply.code), (status, code), reply.body)

    def put(self, key="/k", body=b"data", **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("PUT", key, headers=headers, body=body)

    def bytes_of(self, key="/k"):
        return self.ok(self.ask("GET", key)).body
