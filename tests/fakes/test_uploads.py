"""What S3 documents of uploads in parts."""

import base64
import hashlib
import unittest

from asking import WithServer
from fake_s3 import checksums
from fake_s3.limits import Limits

NAMES = {"CRC32": "x-amz-checksum-crc32", "CRC32C": "x-amz-checksum-crc32c", "SHA256": "x-amz-checksum-sha256",
         "CRC64NVME": "x-amz-checksum-crc64nvme"}


def value(algorithm, data):
    return checksums.compute(algorithm, data).value


class Uploads(WithServer):
    limits = Limits(min_part=4, max_part=100, max_parts=20, max_object=300, min_ranged_copy=9)

    def begin(self, key="/k", **headers):
        headers = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.ok(self.ask("POST", key, {"uploads": ""}, headers)).text("UploadId")

    def part(self, upload, number, body, key="/k", **headers):
        headers = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.ask("PUT", key, {"partNumber": str(number), "uploadId": upload}, headers, body)

    def etag(self, upload, number, body, **headers):
        return self.ok(self.part(upload, number, body, **headers)).headers["etag"]

    def complete(self, upload, parts, key="/k", more="", **headers):
        body = "".join(f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag>{more}</Part>"
                       for number, etag in parts)
        headers = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.ask("POST", key, {"uploadId": upload}, headers,
                        f"<CompleteMultipartUpload>{body}</CompleteMultipartUpload>".encode())

    def test_a_whole_one(self):
        upload = self.begin(content_type="text/css", x_amz_meta_a="1", x_amz_tagging="t=1")
        bodies = ((7, b"second"), (3, b"first"), (20, b"."))
        parts = [(number, self.etag(upload, number, body)) for number, body in bodies]
        self.refused(self.ask("GET", "/k"), 404, "NoSuchKey")
        done = self.ok(self.complete(upload, sorted(parts)))
        digests = b"".join(hashlib.md5(data).digest() for data in (b"first", b"second", b"."))
        etag = f'"{hashlib.md5(digests).hexdigest()}-3"'
        self.assertEqual(done.text("ETag"), etag.replace('"', "&quot;"))
        got = self.ok(self.ask("GET", "/k"))
        self.assertEqual((got.body, got.headers["etag"], got.headers["content-type"], got.headers["x-amz-meta-a"],
                          got.headers["x-amz-tagging-count"]), (b"firstsecond.", etag, "text/css", "1", "1"))
        second = self.ok(self.ask("GET", "/k", {"partNumber": "2"}), 206)
        self.assertEqual((second.body, second.headers["x-amz-mp-parts-count"]), (b"second", "3"))
        self.refused(self.ask("GET", "/k", {"partNumber": "4"}), 416, "InvalidPartNumber")
        # The same again is answered as at first; another end of it is not.
        self.ok(self.complete(upload, sorted(parts)))
        self.refused(self.complete(upload, sorted(parts)[:1]), 404, "NoSuchUpload")
        self.refused(self.part(upload, 1, b"late"), 404, "NoSuchUpload")

    def test_bad_ends(self):
        upload = self.begin()
        bodies = ((1, b"abc"), (2, b"abcd"), (3, b"e"))
        small, large, last = (self.etag(upload, number, body) for number, body in bodies)
        self.refused(self.complete(upload, [(1, small), (2, large)]), 400, "EntityTooSmall")
        self.refused(self.complete(upload, [(3, last), (2, large)]), 400, "InvalidPartOrder")
        self.refused(self.complete(upload, [(2, large), (2, large)]), 400, "InvalidPartOrder")
        self.refused(self.complete(upload, [(2, large), (4, last)]), 400, "InvalidPart")
        self.refused(self.complete(upload, [(2, large), (3, large)]), 400, "InvalidPart")
        self.refused(self.complete(upload, []), 400, "MalformedXML")
        self.refused(self.complete("no-upload", [(2, large)]), 404, "NoSuchUpload")
        self.refused(self.complete(upload, [(2, large)], key="/other"), 404, "NoSuchUpload")
        self.refused(self.complete(upload, [(2, large)], x_amz_mp_object_size="5"), 400, "InvalidRequest")
        self.refused(self.complete(upload, [(2, large)], if_match='"x"'), 404, "NoSuchKey")
        self.ok(self.put())
        self.refused(self.complete(upload, [(2, large)], if_none_match="*"), 412, "PreconditionFailed")
        self.ok(self.complete(upload, [(2, large), (3, last)], x_amz_mp_object_size="5"))

    def test_bad_parts(self):
        upload = self.begin()
        for number in ("0", "21", "-1", "x"):
            self.refused(self.part(upload, number, b"data"), 400, "InvalidArgument")
        self.refused(self.part(upload, 1, b"x" * 101), 400, "EntityTooLarge")
        self.refused(self.part(upload, 1, b"data", key="/other"), 404, "NoSuchUpload")
        self.refused(self.part(upload, 1, b"data", content_md5=base64.b64encode(b"0" * 16).decode()), 400, "BadDigest")
        self.refused(self.part(upload, 1, b"data", x_amz_meta_a="1"), 501, "NotImplemented")
        self.refused(self.part(upload, 1, b"data", if_none_match="*"), 501, "NotImplemented")
        large = [(number, self.etag(upload, number, b"x" * 100)) for number in range(1, 5)]
        self.refused(self.complete(upload, large), 400, "EntityTooLarge")

    def test_abort(self):
        upload = self.begin()
        self.etag(upload, 1, b"data")
        self.refused(self.ask("DELETE", "/k", {"uploadId": "x"}), 404, "NoSuchUpload")
        self.ok(self.ask("DELETE", "/k", {"uploadId": upload}), 204)
        self.refused(self.ask("DELETE", "/k", {"uploadId": upload}), 404, "NoSuchUpload")
        self.refused(self.ask("GET", "/k", {"uploadId": upload}), 404, "NoSuchUpload")

    def test_composite(self):
        for algorithm in ("CRC32", "SHA256", "CRC32C"):
            upload = self.begin(x_amz_checksum_algorithm=algorithm)
            self.refused(self.part(upload, 1, b"data"), 400, "InvalidRequest")
            other = "CRC64NVME"
            self.refused(self.part(upload, 1, b"data", **{NAMES[other]: value(other, b"data")}), 400, "InvalidRequest")
            given = {NAMES[algorithm]: value(algorithm, b"data")}
            etag = self.etag(upload, 1, b"data", **given)
            self.refused(self.complete(upload, [(1, etag)]), 400, "InvalidRequest")
            named = f"<Checksum{algorithm}>{{}}</Checksum{algorithm}>"
            wrong = named.format(value(algorithm, b"dat4"))
            self.refused(self.complete(upload, [(1, etag)], more=wrong), 400, "InvalidPart")
            more = named.format(value(algorithm, b"data"))
            wrong_type = self.complete(upload, [(1, etag)], more=more, x_amz_checksum_type="FULL_OBJECT")
            self.refused(wrong_type, 400, "BadDigest")
            done = self.ok(self.complete(upload, [(1, etag)], more=more))
            expected = value(algorithm, base64.b64decode(value(algorithm, b"data"))) + "-1"
            self.assertEqual((done.text("Checksum" + algorithm), done.text("ChecksumType")), (expected, "COMPOSITE"))

    def test_full_object(self):
        for algorithm in ("CRC32C", "CRC64NVME"):
            upload = self.begin(x_amz_checksum_algorithm=algorithm, x_amz_checksum_type="FULL_OBJECT")
            parts = [(1, self.etag(upload, 1, b"first", **{NAMES[algorithm]: value(algorithm, b"first")})),
                     (2, self.etag(upload, 2, b"second"))]
            wrong = {NAMES[algorithm]: value(algorithm, b"firstsecone"), "x_amz_checksum_type": "FULL_OBJECT"}
            self.refused(self.complete(upload, parts, **wrong), 400, "BadDigest")
            self.refused(self.complete(upload, parts, x_amz_checksum_type="COMPOSITE"), 400, "BadDigest")
            self.ok(self.complete(upload, parts, **{NAMES[algorithm]: value(algorithm, b"firstsecond")}))
            head = self.ask("HEAD", "/k", headers={"x-amz-checksum-mode": "ENABLED"}).headers
            self.assertEqual((head[NAMES[algorithm]], head["x-amz-checksum-type"]),
                             (value(algorithm, b"firstsecond"), "FULL_OBJECT"))

    def test_types_that_do_not_exist(self):
        def begin(**headers):
            headers = {name.replace("_", "-"): text for name, text in headers.items()}
            return self.ask("POST", "/k", {"uploads": ""}, headers)
        for algorithm, kind in (("SHA256", "FULL_OBJECT"), ("CRC64NVME", "COMPOSITE")):
            mixed = begin(x_amz_checksum_algorithm=algorithm, x_amz_checksum_type=kind)
            self.refused(mixed, 400, "InvalidRequest")
        self.refused(begin(x_amz_checksum_algorithm="CRC16"), 400, "InvalidRequest")
        self.refused(begin(x_amz_checksum_type="COMPOSITE"), 400, "InvalidRequest")
        without = self.begin()
        crc32 = {NAMES["CRC32"]: value("CRC32", b"data")}
        self.refused(self.part(without, 1, b"data", **crc32), 400, "InvalidRequest")

    def test_copied_parts(self):
        self.ok(self.put("/source", b"0123456789"))
        upload = self.begin()
        def copy(span, **headers):
            source = {"x-amz-copy-source": self.bucket + "/source", "x-amz-copy-source-range": span, **headers}
            return self.ask("PUT", "/k", {"partNumber": "1", "uploadId": upload}, source)
        etag = self.ok(copy("bytes=2-5")).text("ETag")
        for span in ("bytes=5-", "bytes=-5", "bytes=5-10", "bytes=5-4", "2-5"):
            self.refused(copy(span), 400, "InvalidArgument")
        self.refused(copy("bytes=2-5", **{"x-amz-copy-source-if-match": '"x"'}), 412, "PreconditionFailed")
        self.ok(self.complete(upload, [(1, etag)]))
        self.assertEqual(self.bytes_of(), b"2345")
        self.ok(self.put("/source", b"012345678"))
        upload = self.begin()
        self.refused(copy("bytes=2-5"), 400, "InvalidRequest")

    def test_listings(self):
        uploads = [self.begin("/b"), self.begin("/a%20b"), self.begin("/b"), self.begin("/c/d"), self.begin("/c/e")]
        ids, marker = [], {}
        while True:
            page = self.ok(self.ask("GET", "", {"uploads": "", "max-uploads": "2", "delimiter": "/",
                                                "encoding-type": "url", **marker}))
            ids += [rest.partition("</UploadId>")[0] for rest in page.body.decode().split("<UploadId>")[1:]]
            if page.text("IsTruncated") == "false":
                break
            marker = {"key-marker": page.text("NextKeyMarker").replace("+", " "),
                      "upload-id-marker": page.text("NextUploadIdMarker")}
        self.assertEqual(ids, [uploads[1], uploads[0], uploads[2]])
        self.assertEqual(page.text("CommonPrefixes"), "<Prefix>c/</Prefix>")
        for number in range(1, 6):
            self.etag(uploads[0], number, b"x" * number, key="/b")
        page = self.ok(self.ask("GET", "/b", {"uploadId": uploads[0], "max-parts": "2", "part-number-marker": "1"}))
        self.assertEqual(page.body.count(b"<Part>"), 2)
        found = tuple(page.text(name) for name in ("NextPartNumberMarker", "IsTruncated", "Size"))
        self.assertEqual(found, ("3", "true", "2"))


if __name__ == "__main__":
    unittest.main()
