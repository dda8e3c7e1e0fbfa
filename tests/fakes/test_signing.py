"""Signatures, bodies and trailers: AWS's published examples are taken, whatever differs is refused."""

import base64
import hashlib
import io
import unittest

import raw
from fake_s3 import checksums, payload
from fake_s3.errors import S3Error
from fake_s3.exchange import Request
from fake_s3.signing import Verifier

# https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html and the pages beside it
EXAMPLE_KEY = "AKIAIOSFODNN7EXAMPLE"
EXAMPLE_TIME = 1369353600  # 20130524T000000Z
CREDENTIAL = f"{EXAMPLE_KEY}/20130524/us-east-1/s3/aws4_request"


def verify(method, target, headers):
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    verifier = Verifier({EXAMPLE_KEY: (secret, None)}, ["us-east-1"], now=lambda: EXAMPLE_TIME)
    request = Request(method, target, list(headers.items()))
    return request, verifier.check(request)


def example(names, signature, payload_hash, **headers):
    return {"authorization": f"AWS4-HMAC-SHA256 Credential={CREDENTIAL},SignedHeaders={names},Signature={signature}",
            "x-amz-date": "20130524T000000Z", "x-amz-content-sha256": payload_hash,
            **{name.replace("_", "-"): value for name, value in headers.items()}}


class PublishedExamples(unittest.TestCase):
    def test_get_of_a_range(self):
        verify("GET", "/test.txt", example(
            "host;range;x-amz-content-sha256;x-amz-date",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            hashlib.sha256(b"").hexdigest(), host="examplebucket.s3.amazonaws.com", range="bytes=0-9"))

    def test_presigned(self):
        target = ("/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + CREDENTIAL.replace("/", "%2F") +
                  "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
                  "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
        verify("GET", target, {"host": "examplebucket.s3.amazonaws.com"})

    def chunked(self, kind, names, signatures, end, **more):
        headers = example(names, signatures[0], kind, host="s3.amazonaws.com", content_encoding="aws-chunked",
                          x_amz_decoded_content_length="66560", x_amz_storage_class="REDUCED_REDUNDANCY", **more)
        request, signed = verify("PUT", "/examplebucket/chunkObject.txt", headers)
        body = b""
        for chunk, signature in zip((b"a" * 65536, b"a" * 1024, b""), signatures[1:]):
            body += b"%x;chunk-signature=%s\r\n%s" % (len(chunk), signature.encode(), chunk)
            body += b"\r\n" if chunk else b""
        return payload.decode(request, signed, body + end)

    def test_chunks(self):
        body, trailers = self.chunked(
            payload.SIGNED_CHUNKS, "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
            "x-amz-decoded-content-length;x-amz-storage-class",
            ("4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
             "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
             "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
             "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"), b"\r\n", content_length="66824")
        self.assertEqual((body, trailers), (b"a" * 66560, {}))

    def test_chunks_with_a_trailer(self):
        end = (b"x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:"
               b"d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n")
        body, trailers = self.chunked(
            payload.SIGNED_CHUNKS_TRAILER, "content-encoding;host;x-amz-content-sha256;x-amz-date;"
            "x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer",
            ("106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
             "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
             "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
             "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"), end,
            x_amz_trailer="x-amz-checksum-crc32c")
        self.assertEqual(trailers, {"x-amz-checksum-crc32c": "sOO8/Q=="})
        checksums.compare(checksums.Checksum("CRC32C", "sOO8/Q=="), body)


class Checksums(unittest.TestCase):
    def test_check_values(self):
        """Of "123456789": https://reveng.sourceforge.io/crc-catalogue/ (CRC-32/ISCSI, CRC-64/NVME)"""
        native = checksums._native
        for library in {native, None}:
            checksums._native = library
            self.assertEqual(checksums.crc32c(b"123456789"), 0xE3069283)
            self.assertEqual(checksums.crc64nvme(b"123456789"), 0xAE8B14860A799888)
        checksums._native = native

    def test_forms(self):
        for value in ("", "AAAA", "AAAAAAAA", "!", "AAAAAA=="):
            with self.assertRaises(S3Error):
                checksums.compare(checksums.Checksum("CRC32C", value), b"123456789")


class Refusals(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = raw.start(log=io.StringIO())
        cls.client = raw.Client(cls.server)
        assert cls.client.ask("PUT", "/signing").status == 200

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def refused(self, reply, status, code):
        self.assertEqual((reply.status, reply.code), (status, code), reply.body)
        self.assertNotIn(raw.SECRET, reply.body.decode())

    def test_who_asks(self):
        def get(**who):
            return raw.Client(self.server, **who).ask("GET", "/signing", {"list-type": "2"})
        self.assertEqual(get().status, 200)
        self.refused(get(secret="cktest-fakeraw-2"), 403, "SignatureDoesNotMatch")
        self.refused(get(key="NOBODY"), 403, "InvalidAccessKeyId")
        self.refused(get(skew=-901), 403, "RequestTimeTooSkewed")
        self.refused(get(skew=960), 403, "RequestTimeTooSkewed")
        elsewhere = get(region="mars-1")
        self.refused(elsewhere, 400, "AuthorizationHeaderMalformed")
        self.assertEqual({elsewhere.text("Region"), elsewhere.headers["x-amz-bucket-region"]}, {"us-east-1"})
        redirect = get(region="us-west-2")
        self.refused(redirect, 301, "PermanentRedirect")
        self.assertEqual(redirect.headers["x-amz-bucket-region"], "us-east-1")
        self.refused(self.client.send("GET", "/signing"), 403, "AccessDenied")
        self.refused(self.client.send("GET", "/signing", {"authorization": "AWS key:signature"}), 400, "InvalidRequest")

    def test_a_session_token_must_be_there(self):
        self.refused(self.client.ask("GET", "/signing", headers={"x-amz-security-token": "cktest-fakeraw-3"}), 400,
                     "InvalidToken")

    def test_what_was_changed_on_the_way(self):
        def changed(change):
            headers = self.client.sign("PUT", "/signing/k", headers={"x-amz-meta-a": "1"}, body=b"body")
            method, target, body = change(headers) or ("PUT", "/signing/k", b"body")
            return self.client.send(method, target, headers, body)
        self.assertEqual(changed(lambda headers: None).status, 200)
        for change in (lambda headers: ("DELETE", "/signing/k", b""), lambda headers: ("PUT", "/signing/K", b"body"),
                       lambda headers: ("PUT", "/signing/k?x-id=PutObject", b"body"),
                       lambda headers: headers.update({"x-amz-meta-a": "2"}),
                       lambda headers: headers.update({"host": "localhost"})):
            self.refused(changed(change), 403, "SignatureDoesNotMatch")
        self.refused(changed(lambda headers: ("PUT", "/signing/k", b"b0dy")), 400, "XAmzContentSHA256Mismatch")
        self.refused(changed(lambda headers: headers.update({"x-amz-meta-b": "1"})), 403, "AccessDenied")
        self.refused(changed(lambda headers: headers.pop("x-amz-content-sha256") and None), 400, "InvalidRequest")

    def test_presigned(self):
        path = "/signing/presigned%2B%20key"
        put = self.client.presign("PUT", path)
        self.assertEqual(self.client.send("PUT", put, body=b"x").status, 200)
        self.refused(self.client.send("GET", put), 403, "SignatureDoesNotMatch")
        self.refused(self.client.send("PUT", put.replace("key", "kez")), 403, "SignatureDoesNotMatch")
        self.refused(self.client.send("PUT", put.replace("Expires=60", "Expires=61")), 403, "SignatureDoesNotMatch")
        self.refused(self.client.send("PUT", put, {"x-amz-meta-a": "1"}), 403, "AccessDenied")
        for expires in (0, 604801, "x"):
            self.refused(self.client.send("GET", self.client.presign("GET", path, expires)), 400,
                         "AuthorizationQueryParametersError")
        old = raw.Client(self.server, skew=-120).presign("GET", path, 60)
        self.refused(self.client.send("GET", old), 403, "AccessDenied")
        early = raw.Client(self.server, skew=1000).presign("GET", path, 60)
        self.refused(self.client.send("GET", early), 403, "AccessDenied")

    def test_streams(self):
        data = [b"a" * 8192, b"b" * 10]
        crc = base64.b64encode(checksums.crc32c(b"".join(data)).to_bytes(4, "big")).decode()
        trailer = {"x-amz-checksum-crc32c": crc}
        announced = {"x-amz-trailer": "x-amz-checksum-crc32c"}
        for kind in (payload.SIGNED_CHUNKS, payload.SIGNED_CHUNKS_TRAILER, payload.UNSIGNED_TRAILER):
            extra = ({}, {}) if kind == payload.SIGNED_CHUNKS else (announced, trailer)
            with self.subTest(kind):
                self.assertEqual(self.client.stream("/signing/s", data, kind, *extra).status, 200)
                self.assertEqual(self.client.ask("GET", "/signing/s").body, b"".join(data))
                bad = self.client.stream("/signing/s", data, kind, *extra,
                                         spoil=lambda body: body.replace(b"bb", b"bc", 1))
                self.refused(bad, 400 if kind == payload.UNSIGNED_TRAILER else 403,
                             "BadDigest" if kind == payload.UNSIGNED_TRAILER else "SignatureDoesNotMatch")
                cut = self.client.stream("/signing/s", data, kind, *extra, spoil=lambda body: body[:len(body) // 2])
                self.refused(cut, 400, "IncompleteBody")
                small = self.client.stream("/signing/s", [b"x", b"y" * 9000], kind,
                                           *(({}, {}) if kind == payload.SIGNED_CHUNKS else (announced, trailer)))
                self.refused(small, 403, "InvalidChunkSizeError")
                length = self.client.stream("/signing/s", data, kind, {**extra[0], "x-amz-decoded-content-length": "7"},
                                            extra[1])
                self.refused(length, 400, "IncompleteBody")

    def test_trailers(self):
        def put(announced, trailers, kind=payload.UNSIGNED_TRAILER):
            return self.client.stream("/signing/t", [b"data"], kind, {"x-amz-trailer": announced}, trailers)
        crc = {"x-amz-checksum-crc32": base64.b64encode((0xADF3F363).to_bytes(4, "big")).decode()}
        self.assertEqual(put("x-amz-checksum-crc32", crc).status, 200)
        self.refused(put("x-amz-checksum-crc32", {}), 400, "MalformedTrailerError")
        self.refused(put("x-amz-checksum-sha1", crc), 400, "MalformedTrailerError")
        self.refused(put("x-amz-checksum-crc32", {"x-amz-checksum-crc32": "AAAAAA=="}), 400, "BadDigest")
        self.refused(put("x-amz-checksum-crc32", crc, payload.SIGNED_CHUNKS), 400, "MalformedTrailerError")


if __name__ == "__main__":
    unittest.main()
