"""Google's own client grades the fake: what it sends must be taken, and what is wrong be refused as it expects."""

import datetime
import gzip
import io
import json
import pathlib
import subprocess
import tempfile
import threading
import unittest
import unittest.mock
import urllib.error
import urllib.request

import google.auth.exceptions
from google.api_core import exceptions
from google.cloud import storage
from google.oauth2 import credentials, service_account

from fake_gcs.server import Server
from fake_gcs.store import Store

TOKEN = "cktest-fakegcs-1"
EMAIL = "tester@ck-project.iam.gserviceaccount.com"
UNIT = 256 * 1024


def make_key():
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "key.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", str(path)],
                       check=True, capture_output=True)
        return path.read_text()


class Graded(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.account = {"type": "service_account", "project_id": "ck-project", "private_key_id": "1",
                       "client_email": EMAIL, "private_key": make_key()}
        cls.server = Server(Store(UNIT * 4), TOKEN, 0, cls.account)
        cls.account["token_uri"] = f"{cls.server.url}/token"
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()

    def client(self, shown=None):
        shown = shown or service_account.Credentials.from_service_account_info(self.account)
        client = storage.Client("ck-project", shown, client_options={"api_endpoint": self.server.url})
        self.addCleanup(client.close)
        return client

    def setUp(self):
        self.name = self.id().rpartition(".")[2].replace("_", "-")[:50]
        self.account_client = self.client()
        self.bucket = self.account_client.create_bucket(self.name)

    def put(self, name, data=b"1", **options):
        blob = self.bucket.blob(name)
        blob.upload_from_string(data, **options)
        return blob

    def test_objects_of_any_size_and_name(self):
        for name, data in (("empty", b""), ("a b/\u00fc+%2F?#&\"", b"x" * 1000), ("//a/../b", b"0123456789" * 20000)):
            blob = self.bucket.blob(name)
            blob.metadata = {"one": "1", "Two": "\u00fc"}
            blob.cache_control = "no-cache"
            blob.upload_from_string(data, content_type="text/plain", if_generation_match=0)
            read = self.bucket.get_blob(name)
            self.assertEqual(read.download_as_bytes(), data)
            self.assertEqual((read.content_type, read.cache_control, read.size), ("text/plain", "no-cache", len(data)))
            self.assertEqual(read.metadata, {"one": "1", "Two": "\u00fc"})
            self.assertEqual(read.generation, blob.generation)
        self.assertEqual([one.name for one in self.bucket.list_blobs()], ["//a/../b", "a b/\u00fc+%2F?#&\"", "empty"])
        self.assertEqual(self.bucket.blob("//a/../b").download_as_bytes(start=5, end=14), b"5678901234")

    def test_sessions(self):
        data = bytes(range(256)) * 5 * 1024 + b"end"  # Five units and a bit.
        for chunk in (UNIT, UNIT * 8):
            blob = self.bucket.blob(f"by {chunk}", chunk_size=chunk)
            blob.metadata = {"one": "1"}
            blob.upload_from_file(io.BytesIO(data), content_type="text/plain")
            read = self.bucket.get_blob(blob.name)
            self.assertEqual(read.download_as_bytes(), data)
            self.assertEqual((read.metadata, read.content_type), ({"one": "1"}, "text/plain"))
        blob = self.bucket.blob("a stream", chunk_size=UNIT)
        with blob.open("wb") as stream:
            stream.write(data)
        self.assertEqual(blob.download_as_bytes(), data)
        with self.assertRaises(exceptions.PreconditionFailed):
            blob.upload_from_file(io.BytesIO(data), if_generation_match=0)
        url = blob.create_resumable_upload_session(size=3)
        for range_of_less in ("bytes 0-1/3", "bytes 0-1/*"):
            request = urllib.request.Request(url, b"ab", {"Content-Range": range_of_less}, method="PUT")
            with self.assertRaises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(self.opened(request))
            self.assertEqual(refused.exception.code, 400)
        request = urllib.request.Request(url, b"abc", {"Content-Range": "bytes 0-2/3"}, method="PUT")
        self.assertEqual(json.load(urllib.request.urlopen(self.opened(request)))["size"], "3")

    @staticmethod
    def opened(request):
        request.add_header("Authorization", f"Bearer {TOKEN}")
        return request

    def test_conditions(self):
        blob = self.put("k")
        with self.assertRaises(exceptions.PreconditionFailed):
            blob.upload_from_string(b"2", if_generation_match=0)
        first = blob.generation
        blob.upload_from_string(b"2", if_generation_match=first)
        for refused in (lambda: blob.upload_from_string(b"3", if_generation_match=first),
                        lambda: blob.delete(if_generation_match=first),
                        lambda: blob.download_as_bytes(if_generation_match=first),
                        lambda: blob.reload(if_metageneration_match=7)):
            with self.assertRaises(exceptions.PreconditionFailed):
                refused()
        with self.assertRaises(exceptions.NotFound):
            self.bucket.blob("k", generation=first).download_as_bytes()
        blob.delete(if_generation_match=blob.generation)

    def test_listing(self):
        for name in ("a/1", "a/2", "b", "c/1", "d\uffff"):
            self.put(name, b"")
        walk = self.bucket.list_blobs(delimiter="/")
        self.assertEqual([one.name for one in walk], ["b", "d\uffff"])
        self.assertEqual(walk.prefixes, {"a/", "c/"})
        pages = [[one.name for one in page] for page in self.bucket.list_blobs(page_size=2).pages]
        self.assertEqual(pages, [["a/1", "a/2"], ["b", "c/1"], ["d\uffff"]])
        self.assertEqual([one.name for one in self.bucket.list_blobs(prefix="a/")], ["a/1", "a/2"])
        self.assertEqual([one.name for one in self.bucket.list_blobs(start_offset="a/2", end_offset="c/1")], ["a/2", "b"])
        self.assertEqual([one.name for one in self.bucket.list_blobs(delimiter="/", include_trailing_delimiter=True)], ["b", "d\uffff"])
        self.put("a/", b"")
        walk = self.bucket.list_blobs(delimiter="/", include_trailing_delimiter=True)
        self.assertEqual(([one.name for one in walk], walk.prefixes), (["a/", "b", "d\uffff"], {"a/", "c/"}))
        self.assertEqual([one.name for one in self.account_client.list_buckets(prefix=self.name)], [self.name])

    def test_metadata_are_merged(self):
        blob = self.bucket.blob("k")
        blob.metadata = {"a": "1", "b": "2"}
        blob.upload_from_string(b"1")
        generation = blob.generation
        blob.metadata = {"a": None, "c": "3"}
        blob.patch()
        read = self.bucket.get_blob("k")
        self.assertEqual((read.metadata, read.generation, read.metageneration), ({"b": "2", "c": "3"}, generation, 2))

    def test_rewrites(self):
        data = b"abc" * UNIT * 3
        source = self.put("from", data)
        token, done, total = self.bucket.blob("to").rewrite(source)
        self.assertTrue(token)
        self.assertEqual(total, len(data))
        while token:
            token, again, _ = self.bucket.blob("to").rewrite(source, token=token)
            self.assertGreater(again, done)
            done = again
        self.assertEqual(self.bucket.blob("to").download_as_bytes(), data)
        self.assertEqual(self.bucket.get_blob("to").crc32c, source.crc32c)
        colder = self.bucket.blob("small")
        colder.rewrite(self.put("small"))
        colder.update_storage_class("NEARLINE")
        self.assertEqual(self.bucket.get_blob("small").storage_class, "NEARLINE")

    def test_versions(self):
        bucket = self.account_client.bucket(f"{self.name}-kept")
        bucket.versioning_enabled = True
        bucket.create()
        blob = bucket.blob("k")
        blob.upload_from_string(b"1")
        first = blob.generation
        blob.upload_from_string(b"2")
        self.assertEqual(bucket.blob("k", generation=first).download_as_bytes(), b"1")
        self.assertEqual([one.generation for one in bucket.list_blobs(versions=True)], [first, blob.generation])
        blob.delete()
        self.assertIsNone(bucket.get_blob("k"))
        bucket.delete_blobs(list(bucket.list_blobs(versions=True)), preserve_generation=True)
        bucket.delete()

    def test_compressed_objects(self):
        blob = self.bucket.blob("k")
        blob.content_encoding = "gzip"
        compressed = gzip.compress(b"data")  # Holds the second in which it was made.
        blob.upload_from_string(compressed, content_type="text/plain")
        self.assertEqual(blob.download_as_bytes(), b"data")
        self.assertEqual(blob.download_as_bytes(raw_download=True), compressed)

    def test_batches(self):
        for name in ("a", "b/\u00fc"):
            self.put(name)
        with self.account_client.batch(raise_exception=False) as batch:
            for name in ("a", "b/\u00fc", "c"):
                self.bucket.blob(name).delete()
        self.assertEqual([one.status_code for one in batch._responses], [204, 204, 404])
        self.assertEqual(list(self.bucket.list_blobs()), [])

    def signed(self, blob, method="GET", minutes=5, **options):
        return blob.generate_signed_url(version="v4", expiration=datetime.timedelta(minutes=minutes), method=method,
                                        api_access_endpoint=self.server.url, **options)

    def refused(self, status, request):
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        self.assertEqual(caught.exception.code, status)
        caught.exception.close()

    def test_signed_urls(self):
        blob = self.put("a b/\u00fc")
        url = self.signed(blob)
        with urllib.request.urlopen(url) as reply:
            self.assertEqual(reply.read(), b"1")
        self.refused(403, urllib.request.Request(url, b"2", method="PUT"))
        self.refused(403, url.replace("a%20b", "other"))
        self.refused(403, url[:-4] + "0000")
        put = self.signed(blob, "PUT", content_type="text/x")
        self.refused(403, urllib.request.Request(put, b"2", {"Content-Type": "text/y"}, method="PUT"))
        with urllib.request.urlopen(urllib.request.Request(put, b"2", {"Content-Type": "text/x"}, method="PUT")):
            self.assertEqual(self.bucket.get_blob(blob.name).content_type, "text/x")
        with unittest.mock.patch("google.cloud.storage._signing._NOW",
                                 lambda zone: datetime.datetime.now(zone) + datetime.timedelta(hours=1)):
            later = blob.generate_signed_url(version="v4", expiration=datetime.timedelta(minutes=5),
                                             api_access_endpoint=self.server.url)
        self.refused(403, later)

    def by_xml(self, method, headers, body=None):
        return self.opened(urllib.request.Request(f"{self.server.url}/{self.name}/k", body, headers, method=method))

    def test_the_xml_api(self):
        blob = self.put("k")
        generation = "x-goog-if-generation-match"
        for status, headers in ((412, {generation: "0"}), (412, {"x-goog-if-metageneration-match": "7"}),
                                (400, {"x-goog-hash": "crc32c=AAAAAA=="}), (400, {"x-goog-hash": "md5=AAAAAA=="}),
                                (400, {"Content-MD5": "AAAAAA=="}), (400, {"x-goog-acl": "public-read"}),
                                (400, {"If-None-Match": "*"})):
            self.refused(status, self.by_xml("PUT", headers, b"2"))
        self.assertEqual(blob.download_as_bytes(), b"1")
        digests = {"x-goog-hash": "crc32c=g6VqFw==, md5=yB5yjZ1ML2NvBn+JzBSGLA==", "Content-MD5": "yB5yjZ1ML2NvBn+JzBSGLA=="}
        urllib.request.urlopen(self.by_xml("PUT", {generation: str(blob.generation), "Cache-Control": "no-cache",
                                                   "x-goog-meta-one": "1", **digests}, b"2")).close()
        read = self.bucket.get_blob("k")
        self.assertEqual((read.download_as_bytes(), read.cache_control, read.metadata), (b"2", "no-cache", {"one": "1"}))
        self.refused(412, self.by_xml("DELETE", {generation: str(blob.generation)}))
        urllib.request.urlopen(self.by_xml("DELETE", {generation: str(read.generation)})).close()

    def test_buckets(self):
        with self.assertRaises(exceptions.Conflict):
            self.account_client.create_bucket(self.name)
        self.put("k")
        with self.assertRaises(exceptions.Conflict):
            self.bucket.delete()
        self.bucket.delete(force=True)
        self.assertIsNone(self.account_client.lookup_bucket(self.name))
        for name in ("192.168.5.4", "a..b", "a" * 64, "a." + "b" * 64, ".".join(["a" * 55] * 4), "goog-1"):
            with self.assertRaises(exceptions.BadRequest):
                self.account_client.create_bucket(name)
        self.account_client.create_bucket(".".join(["a" * 54] * 4)).delete()

    def test_errors(self):
        with self.assertRaisesRegex(exceptions.NotFound, "No such object"):
            self.bucket.blob("none").reload()
        with self.assertRaises(exceptions.NotFound):
            self.bucket.blob("none").download_as_bytes()
        with self.assertRaisesRegex(exceptions.BadRequest, "Invalid object name"):
            self.put("..")
        # To the client, 401 is a token that has expired.
        with self.assertRaisesRegex(google.auth.exceptions.RefreshError, "refresh the access token"):
            self.client(credentials.Credentials("cktest-fakegcs-2")).bucket(self.name).blob("k").upload_from_string(b"1")

    def test_assertions(self):
        for wrong in ({"private_key": make_key()}, {"client_email": "other@ck-project.iam.gserviceaccount.com"}):
            shown = service_account.Credentials.from_service_account_info({**self.account, **wrong})
            with self.assertRaisesRegex(google.auth.exceptions.RefreshError, "Invalid JWT Signature"):
                self.client(shown).lookup_bucket(self.name)
