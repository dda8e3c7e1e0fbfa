"""aws-cli grades the fake."""

import json
import unittest

from grading import ODD_NAMES, WRONG_SECRET, Graded, MiB, pattern, python_program


class AwsCli(Graded):
    def aws(self, *arguments, **options):
        return self.run_program([*python_program("awscli"), *arguments], **options)

    def api(self, operation, *arguments, **options):
        out = self.aws("s3api", operation, "--bucket", "graded", *arguments, **options)
        return out if options.get("fails") else json.loads(out or b"{}")

    def setUp(self):
        super().setUp()
        self.write(".aws/config", b"[default]\ns3 =\n  addressing_style = path\n  signature_version = s3v4\n")
        self.aws("s3", "mb", "s3://graded")

    def test_files(self):
        for name in ODD_NAMES:
            self.write("tree/" + name, name.encode())
        large = pattern(17 * MiB)
        self.write("tree/large.bin", large)
        self.aws("s3", "sync", "tree", "s3://graded/t")
        for name in ODD_NAMES:
            self.assertEqual(self.stored("graded", "t/" + name).body, name.encode())
        self.assertEqual(self.stored("graded", "t/large.bin").body, large)
        self.assertEqual(len(self.stored("graded", "t/large.bin").part_sizes), 3)
        self.assertIn(b"large.bin", self.aws("s3", "ls", "s3://graded/t/"))
        self.aws("s3", "mv", "s3://graded/t/large.bin", "s3://graded/moved.bin")
        self.aws("s3", "cp", "s3://graded/moved.bin", "back.bin")
        self.assertEqual((self.directory / "back.bin").read_bytes(), large)
        self.aws("s3", "cp", "-", "s3://graded/piped", data=b"piped")
        self.aws("s3", "rm", "--recursive", "s3://graded")
        self.aws("s3", "rb", "s3://graded")
        self.assertEqual(self.service.store.all(), [])

    def test_requests(self):
        body = str(self.write("body", b"data"))
        etag = self.api("put-object", "--key", "k", "--body", body, "--if-none-match", "*")["ETag"]
        self.assertIn("PreconditionFailed",
                      self.api("put-object", "--key", "k", "--body", body, "--if-none-match", "*", fails=True))
        self.api("put-object", "--key", "k", "--body", body, "--if-match", etag, "--checksum-algorithm", "SHA256")
        head = self.api("head-object", "--key", "k", "--checksum-mode", "ENABLED")
        self.assertEqual(head["ChecksumSHA256"], "Om6weQ85rIfJTzhWst0sXREOaBFgImGpqSPTuyOtyLc=")
        self.assertIn("BadDigest", self.api("put-object", "--key", "k", "--body", body, "--checksum-crc32", "AAAAAA==",
                                            fails=True))
        self.api("put-object-tagging", "--key", "k", "--tagging", "TagSet=[{Key=a,Value=1}]")
        self.assertEqual(self.api("get-object-tagging", "--key", "k")["TagSet"], [{"Key": "a", "Value": "1"}])
        self.assertIn("SignatureDoesNotMatch", self.api("list-objects-v2", secret=WRONG_SECRET, fails=True))
        self.assertIn("NotImplemented", self.api("get-bucket-policy", fails=True))


if __name__ == "__main__":
    unittest.main()
