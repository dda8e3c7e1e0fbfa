"""What S3 documents of objects, asked by a client that may be wrong; each refusal by its code."""

import base64
import hashlib
import http.client
import threading
import unittest
import zlib

import raw
from asking import WithServer, base64_of
from fake_s3 import checksums


class Conditions(WithServer):
    def test_put(self):
        self.refused(self.put(if_match='"abc"'), 404, "NoSuchKey")
        etag = self.ok(self.put(if_none_match="*", body=b"1")).headers["etag"]
        self.refused(self.put(if_none_match="*"), 412, "PreconditionFailed")
        self.refused(self.put(if_match='"abc"'), 412, "PreconditionFailed")
        self.assertEqual(self.bytes_of(), b"1")
        self.ok(self.put(if_match=etag, body=b"2"))
        self.ok(self.ask("PUT", "/k", headers={"if-match": self.ok(self.ask("HEAD", "/k")).headers["etag"].strip('"')}))
        for wrong in ({"if_none_match": etag}, {"if_match": "*"}, {"if_match": etag, "if_none_match": "*"}):
            self.refused(self.put(**wrong), 501, "NotImplemented")

    def test_race(self):
        statuses = []
        def write():
            statuses.append(self.put(if_none_match="*").status)
        threads = [threading.Thread(target=write) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(statuses), [200] + [412] * 15)

    def in_two_halves(self, meanwhile, **headers):
        """A put during which something happens."""
        body = b"slow"
        signed = self.client.sign("PUT", self.bucket + "/k", headers=headers, body=body)
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        connection.putrequest("PUT", self.bucket + "/k", skip_host=True, skip_accept_encoding=True)
        for name, value in {**signed, "content-length": "4", "expect": "100-continue"}.items():
            connection.putheader(name, value)
        connection.endheaders()
        # The server has read the headers when it asks for the rest.
        self.assertTrue(connection.sock.recv(100).startswith(b"HTTP/1.1 100 "))
        meanwhile()
        connection.send(body)
        reply = raw.Reply(connection.getresponse())
        connection.close()
        return reply

    def test_conflicts(self):
        def removal():
            self.ok(self.ask("DELETE", "/k"), 204)
        self.refused(self.in_two_halves(removal, **{"if-none-match": "*"}), 409, "ConditionalRequestConflict")
        etag = self.put(body=b"1").headers["etag"]
        replaced = self.in_two_halves(lambda: self.put(body=b"1"), **{"if-match": etag})
        self.refused(replaced, 409, "ConditionalRequestConflict")
        self.refused(self.in_two_halves(removal, **{"if-match": etag}), 404, "NoSuchKey")
        overtaken = self.in_two_halves(lambda: self.put(body=b"1"), **{"if-none-match": "*"})
        self.refused(overtaken, 412, "PreconditionFailed")
        self.ok(self.in_two_halves(lambda: None, **{"if-match": etag}))

    def test_get_and_head(self):
        etag = self.put().headers["etag"]
        early, late = "Thu, 01 Jan 2015 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"
        table = [({"if-match": etag}, 200), ({"if-match": '"x"'}, 412), ({"if-match": f'"x", {etag}'}, 200),
                 ({"if-none-match": etag}, 304), ({"if-none-match": '"x"'}, 200), ({"if-none-match": "*"}, 304),
                 ({"if-modified-since": late}, 304), ({"if-modified-since": early}, 200),
                 ({"if-unmodified-since": early}, 412), ({"if-unmodified-since": late}, 200),
                 ({"if-match": etag, "if-unmodified-since": early}, 200),
                 ({"if-none-match": '"x"', "if-modified-since": late}, 200), ({"if-modified-since": "nonsense"}, 200)]
        for headers, status in table:
            for method in ("GET", "HEAD"):
                reply = self.ok(self.ask(method, "/k", headers=headers), status)
                if status == 304:
                    self.assertEqual((reply.headers["etag"], reply.body), (etag, b""))

    def test_delete(self):
        etag = self.put().headers["etag"]
        self.refused(self.ask("DELETE", "/k", headers={"if-match": '"x"'}), 412, "PreconditionFailed")
        self.ok(self.ask("DELETE", "/k", headers={"if-match": etag}), 204)
        self.refused(self.ask("DELETE", "/k", headers={"if-match": "*"}), 404, "NoSuchKey")
        self.ok(self.ask("DELETE", "/k"), 204)
        self.refused(self.ask("DELETE", "/k", headers={"if-none-match": "*"}), 501, "NotImplemented")

    def test_copy(self):
        etag = self.put().headers["etag"]
        source = {"x-amz-copy-source": self.bucket + "/k"}
        for headers, status in [({"x-amz-copy-source-if-match": '"x"'}, 412),
                                ({"x-amz-copy-source-if-match": etag}, 200),
                                ({"x-amz-copy-source-if-none-match": etag}, 412), ({"if-none-match": "*"}, 412),
                                ({"if-match": '"x"'}, 412), ({"if-match": etag}, 200)]:
            self.ok(self.ask("PUT", "/copy", headers={**source, **headers}), status)


class Checksums(WithServer):
    def test_of_a_put(self):
        for name, digest in [("crc32", zlib.crc32(b"data").to_bytes(4, "big")),
                             ("sha1", hashlib.sha1(b"data").digest()),
                             ("crc32c", checksums.crc32c(b"data").to_bytes(4, "big")),
                             ("crc64nvme", checksums.crc64nvme(b"data").to_bytes(8, "big")),
                             ("sha256", hashlib.sha256(b"data").digest()), ("sha512", hashlib.sha512(b"data").digest()),
                             ("md5", hashlib.md5(b"data").digest())]:
            header, right = "x-amz-checksum-" + name, base64_of(digest)
            put = self.ok(self.ask("PUT", "/k", headers={header: right}, body=b"data"))
            self.assertEqual(put.headers[header], right)
            head = self.ok(self.ask("HEAD", "/k", headers={"x-amz-checksum-mode": "ENABLED"}))
            self.assertEqual((head.headers[header], head.headers["x-amz-checksum-type"]), (right, "FULL_OBJECT"))
            self.assertNotIn(header, self.ok(self.ask("HEAD", "/k")).headers)
            self.refused(self.ask("PUT", "/k", headers={header: right}, body=b"dat4"), 400, "BadDigest")
            self.refused(self.ask("PUT", "/k", headers={header: right[4:]}, body=b"data"), 400, "InvalidRequest")
        self.assertEqual(self.bytes_of(), b"data")

    def test_by_default(self):
        self.put()
        head = self.ask("HEAD", "/k", headers={"x-amz-checksum-mode": "ENABLED"})
        self.assertEqual(head.headers["x-amz-checksum-crc64nvme"], checksums.default(b"data").value)
        ranged = self.ask("GET", "/k", headers={"x-amz-checksum-mode": "ENABLED", "range": "bytes=0-0"})
        self.assertNotIn("x-amz-checksum-crc64nvme", ranged.headers)

    def test_content_md5(self):
        self.ok(self.put(content_md5=base64_of(hashlib.md5(b"data").digest())))
        self.refused(self.put(content_md5=base64_of(hashlib.md5(b"dat4").digest())), 400, "BadDigest")
        self.refused(self.put(content_md5="short"), 400, "InvalidDigest")

    def test_what_is_said_of_them(self):
        two = {"x-amz-checksum-crc32": "rfPzYw==", "x-amz-checksum-sha1": "x"}
        self.refused(self.ask("PUT", "/k", headers=two, body=b"data"), 400, "InvalidRequest")
        for more in ({}, {"x-amz-checksum-crc32": "rfPzYw=="}):
            announced = {"x-amz-sdk-checksum-algorithm": "SHA1", **more}
            self.refused(self.ask("PUT", "/k", headers=announced, body=b"data"), 400, "InvalidRequest")
        self.refused(self.ask("PUT", "/k", headers={"x-amz-checksum-xxhash3": "x"}), 501, "NotImplemented")


class Attributes(WithServer):
    def test_all_come_back(self):
        sent = {"content-type": "text/css", "cache-control": "no-cache", "content-encoding": "gzip", "expires": "0",
                "content-disposition": "inline", "content-language": "de", "x-amz-meta-a": "1",
                "x-amz-meta-b_c-d": " 2  3 ",
                "x-amz-storage-class": "STANDARD_IA", "x-amz-server-side-encryption": "aws:kms",
                "x-amz-server-side-encryption-aws-kms-key-id": "key"}
        self.ok(self.ask("PUT", "/k", headers=sent))
        head = self.ok(self.ask("HEAD", "/k"))
        self.assertEqual({name: head.headers[name] for name in sent}, {**sent, "x-amz-meta-b_c-d": "2  3"})
        overridden = self.ask("GET", "/k", {"response-content-type": "x/y", "response-expires": "1"})
        self.assertEqual((overridden.headers["content-type"], overridden.headers["expires"]), ("x/y", "1"))
        self.ok(self.put())
        head = self.ok(self.ask("HEAD", "/k"))
        self.assertEqual(head.headers["content-type"], "binary/octet-stream")
        self.assertEqual(head.headers["x-amz-server-side-encryption"], "AES256")
        self.assertTrue({"x-amz-meta-a", "x-amz-storage-class", "cache-control"}.isdisjoint(head.headers))

    def test_limits(self):
        self.ok(self.put(**{"x-amz-meta-a": "v" * 2047}))
        self.refused(self.put(**{"x-amz-meta-a": "v" * 2048}), 400, "MetadataTooLarge")
        self.ok(self.put("/" + "k" * 1024))
        self.refused(self.put("/" + "k" * 1025), 400, "KeyTooLongError")
        self.refused(self.put(body=b"x" * 1001), 400, "EntityTooLarge")
        self.refused(self.put("/%FF"), 400, "InvalidURI")
        for key in ("/..", "/../k", "/a/../../k"):
            self.assertEqual((self.put(key).status, self.put(key).body), (400, b""))
        self.ok(self.put("/a/../k"))

    def test_refusals(self):
        self.refused(self.put(x_amz_storage_class="COLD"), 400, "InvalidStorageClass")
        self.refused(self.put(x_amz_storage_class="GLACIER"), 501, "NotImplemented")
        self.refused(self.put(x_amz_server_side_encryption="ROT13"), 400, "InvalidEncryptionAlgorithmError")
        self.refused(self.put(x_amz_acl="public-read"), 400, "AccessControlListNotSupported")
        self.refused(self.put(x_amz_server_side_encryption_customer_key="x"), 501, "NotImplemented")
        self.refused(self.put(x_amz_expected_bucket_owner="1"), 403, "AccessDenied")
        self.refused(self.put(x_amz_object_lock_mode="GOVERNANCE"), 501, "NotImplemented")
        self.refused(self.ask("GET", "/k", {"torrent": ""}), 501, "NotImplemented")
        self.refused(self.ask("GET", "/k", {"attributes": ""}), 501, "NotImplemented")
        self.refused(self.ask("PUT", "/k", {"acl": ""}), 501, "NotImplemented")
        self.refused(self.ask("GET", "/k", headers={"if-range": '"x"'}), 501, "NotImplemented")
        self.refused(self.ask("POST", "/k"), 405, "MethodNotAllowed")
        self.assertIn("NOT IMPLEMENTED: GET /test-refusals/k: {'Query': 'torrent'}", self.log.getvalue())

    def test_requester_pays(self):
        paid = self.ok(self.put(x_amz_request_payer="requester"))
        self.assertEqual(paid.headers["x-amz-request-charged"], "requester")
        self.refused(self.put(x_amz_request_payer="owner"), 400, "InvalidArgument")

    def test_tags(self):
        self.ok(self.put(x_amz_tagging="a=1&b=%C3%A4"))
        self.assertEqual(self.ask("HEAD", "/k").headers["x-amz-tagging-count"], "2")
        self.assertIn("<Value>ä</Value>", self.ok(self.ask("GET", "/k", {"tagging": ""})).body.decode())
        def tags(*pairs, digest=True):
            body = "".join(f"<Tag><Key>{name}</Key><Value>{value}</Value></Tag>" for name, value in pairs)
            body = f"<Tagging><TagSet>{body}</TagSet></Tagging>".encode()
            headers = {"content-md5": base64_of(hashlib.md5(body).digest())} if digest else {}
            return self.ask("PUT", "/k", {"tagging": ""}, headers, body)
        self.ok(tags(*((f"n{i}", "v") for i in range(10))))
        self.refused(tags(*((f"n{i}", "v") for i in range(11))), 400, "BadRequest")
        self.refused(tags(("a", "1"), ("a", "2")), 400, "InvalidTag")
        self.refused(tags(("n" * 129, "v")), 400, "InvalidTag")
        self.refused(tags(("n", "v" * 257)), 400, "InvalidTag")
        self.refused(tags(("n", "v;")), 400, "InvalidTag")
        self.refused(tags(("n", "v"), digest=False), 400, "InvalidRequest")
        self.refused(self.put(x_amz_tagging="a=%3B"), 400, "InvalidTag")
        self.ok(self.ask("DELETE", "/k", {"tagging": ""}), 204)
        self.assertNotIn("x-amz-tagging-count", self.ask("HEAD", "/k").headers)


class RangesAndCopies(WithServer):
    def test_ranges(self):
        self.put(body=b"0123456789")
        for text, status, body in [("bytes=0-3", 206, b"0123"), ("bytes=8-99", 206, b"89"), ("bytes=-3", 206, b"789"),
                                   ("bytes=-99", 206, b"0123456789"), ("bytes=4-", 206, b"456789"),
                                   ("bytes=1-2,4-5", 200, b"0123456789"), ("bytes=5-2", 200, b"0123456789"),
                                   ("lines=1-2", 200, b"0123456789")]:
            reply = self.ok(self.ask("GET", "/k", headers={"range": text}), status)
            self.assertEqual(reply.body, body, text)
        self.assertEqual(self.ask("GET", "/k", headers={"range": "bytes=2-3"}).headers["content-range"], "bytes 2-3/10")
        self.assertEqual(self.ask("HEAD", "/k", headers={"range": "bytes=2-3"}).headers["content-length"], "2")
        self.refused(self.ask("GET", "/k", headers={"range": "bytes=10-"}), 416, "InvalidRange")
        self.refused(self.ask("GET", "/k", headers={"range": "bytes=-0"}), 416, "InvalidRange")
        self.put(body=b"")
        empty = self.ask("GET", "/k", headers={"range": "bytes=0-"})
        self.assertEqual((empty.status, empty.headers["content-range"]), (416, "bytes */0"))

    def test_copies(self):
        self.ok(self.ask("PUT", "/a%20b%2B%252F", headers={"x-amz-meta-a": "1", "x-amz-tagging": "t=1"}, body=b"data"))
        source = {"x-amz-copy-source": self.bucket + "/a%20b%2B%252F"}
        self.assertEqual(self.ok(self.ask("PUT", "/k", headers=source)).text("ETag"),
                         f"&quot;{hashlib.md5(b'data').hexdigest()}&quot;")
        head = self.ask("HEAD", "/k").headers
        self.assertEqual((head["x-amz-meta-a"], head["x-amz-tagging-count"]), ("1", "1"))
        replaced = {**source, "x-amz-metadata-directive": "REPLACE", "x-amz-meta-b": "2",
                    "x-amz-tagging-directive": "REPLACE"}
        self.ok(self.ask("PUT", "/k", headers=replaced))
        head = self.ask("HEAD", "/k").headers
        self.assertTrue({"x-amz-meta-a", "x-amz-tagging-count"}.isdisjoint(head))
        self.assertEqual(head["x-amz-meta-b"], "2")
        itself = {"x-amz-copy-source": self.bucket + "/k"}
        self.refused(self.ask("PUT", "/k", headers=itself), 400, "InvalidRequest")
        self.ok(self.ask("PUT", "/k", headers={**itself, "x-amz-metadata-directive": "REPLACE"}))
        self.ok(self.ask("PUT", "/k", headers={**itself, "x-amz-storage-class": "STANDARD_IA"}))

    def test_copies_refused(self):
        self.put(body=b"x" * 501)
        def copy(source, **headers):
            return self.ask("PUT", "/c", headers={"x-amz-copy-source": source, **headers})
        self.refused(copy(self.bucket + "/k"), 400, "InvalidRequest")
        self.refused(copy(self.bucket + "/missing"), 404, "NoSuchKey")
        self.refused(copy("/no-such-bucket/k"), 404, "NoSuchBucket")
        self.refused(copy("k"), 400, "InvalidArgument")
        self.refused(copy(self.bucket + "/k?versionId=x"), 404, "NoSuchVersion")
        self.put()
        self.refused(copy(self.bucket + "/k", **{"x-amz-metadata-directive": "MERGE"}), 400, "InvalidArgument")


if __name__ == "__main__":
    unittest.main()
