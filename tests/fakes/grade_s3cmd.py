"""s3cmd grades the fake."""

import unittest

from grading import KEY, ODD_NAMES, SECRET, WRONG_SECRET, Graded, MiB, pattern


class S3cmd(Graded):
    def s3cmd(self, *arguments, secret=SECRET, **options):
        host = self.server.url.removeprefix("http://")
        config = {"access_key": KEY, "secret_key": secret, "host_base": host, "host_bucket": host, "use_https": "False",
                  "bucket_location": "US", "multipart_chunk_size_mb": "5", "max_retries": "1"}
        lines = "".join(f"{name} = {text}\n" for name, text in config.items())
        path = self.write("s3cfg", f"[default]\n{lines}".encode())
        return self.run_program(["s3cmd", "-c", path, "--no-progress", *arguments], **options)

    def test_files(self):
        for name in ODD_NAMES:
            self.write("tree/" + name, name.encode())
        large = pattern(12 * MiB)
        self.write("tree/large.bin", large)
        self.s3cmd("mb", "s3://graded")
        self.s3cmd("sync", "tree/", "s3://graded/t/")
        for name in ODD_NAMES:
            self.assertEqual(self.stored("graded", "t/" + name).body, name.encode())
        stored = self.stored("graded", "t/large.bin")
        self.assertEqual((stored.body, len(stored.part_sizes)), (large, 3))
        self.assertIn(b"s3://graded/t/large.bin", self.s3cmd("ls", "--recursive", "s3://graded"))
        self.s3cmd("cp", "s3://graded/t/plain.txt", "s3://graded/copy.txt")
        self.s3cmd("mv", "s3://graded/t/plain.txt", "s3://graded/moved.txt")
        self.s3cmd("get", "s3://graded/t/large.bin", "back.bin")
        self.assertEqual((self.directory / "back.bin").read_bytes(), large)
        self.s3cmd("modify", "--add-header=Cache-Control:no-cache", "s3://graded/moved.txt")
        self.assertEqual(self.stored("graded", "moved.txt").headers["cache-control"], "no-cache")
        self.s3cmd("del", "--recursive", "--force", "s3://graded")
        self.s3cmd("rb", "s3://graded")
        self.assertEqual(self.service.store.all(), [])

    def test_a_wrong_secret(self):
        self.assertIn("SignatureDoesNotMatch", self.s3cmd("ls", secret=WRONG_SECRET, fails=True))


if __name__ == "__main__":
    unittest.main()
