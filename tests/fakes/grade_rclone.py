"""rclone grades the fake."""

import unittest

from grading import KEY, ODD_NAMES, SECRET, WRONG_SECRET, Graded, MiB, pattern

# As "Other" it asks by path; all the rest is what it does to AWS.
CONFIG = {"TYPE": "s3", "PROVIDER": "Other", "ACCESS_KEY_ID": KEY, "REGION": "us-east-1", "FORCE_PATH_STYLE": "true",
          "CHUNK_SIZE": "5Mi", "UPLOAD_CUTOFF": "5Mi", "COPY_CUTOFF": "5Mi",
          "LIST_VERSION": "2", "LIST_URL_ENCODE": "true"}


class Rclone(Graded):
    def rclone(self, *arguments, secret=SECRET, **options):
        config = {**CONFIG, "ENDPOINT": self.server.url, "SECRET_ACCESS_KEY": secret}
        environment = {"RCLONE_CONFIG_FAKE_" + name: value for name, value in config.items()}
        environment.update({"RCLONE_CONFIG": str(self.directory / "none.conf"), "RCLONE_RETRIES": "1",
                            "RCLONE_LOW_LEVEL_RETRIES": "1"})
        return self.run_program(["rclone", *arguments], environment=environment, **options)

    def test_files(self):
        for name in ODD_NAMES:
            self.write("tree/" + name, name.encode())
        large = pattern(12 * MiB)
        self.write("tree/large.bin", large)
        self.rclone("mkdir", "fake:graded")
        self.rclone("copy", "tree", "fake:graded/t")
        for name in ODD_NAMES:
            self.assertEqual(self.stored("graded", "t/" + name).body, name.encode())
        stored = self.stored("graded", "t/large.bin")
        self.assertEqual((stored.body, len(stored.part_sizes)), (large, 3))
        self.rclone("check", "--download", "tree", "fake:graded/t")
        listed = self.rclone("lsf", "-R", "--files-only", "fake:graded/t").decode().splitlines()
        self.assertEqual(sorted(listed), sorted([*ODD_NAMES, "large.bin"]))
        # Moved by UploadPartCopy, then by CopyObject.
        self.rclone("moveto", "fake:graded/t/large.bin", "fake:graded/moved.bin")
        self.rclone("moveto", "fake:graded/t/plain.txt", "fake:graded/moved.txt")
        self.assertEqual(self.rclone("cat", "--offset", "7", "--count", "6000000", "fake:graded/moved.bin"),
                         large[7:6_000_007])
        self.rclone("touch", "-t", "2020-02-02T02:02:02", "fake:graded/moved.txt")
        self.assertIn(b"2020-02-02 02:02:02", self.rclone("lsl", "fake:graded/moved.txt"))
        self.rclone("rcat", "fake:graded/piped", data=large)
        self.assertEqual(self.stored("graded", "piped").body, large)
        self.rclone("sync", "tree", "fake:graded")
        self.rclone("purge", "fake:graded")
        self.assertEqual(self.service.store.all(), [])

    def test_a_wrong_secret(self):
        self.assertIn("SignatureDoesNotMatch", self.rclone("lsf", "fake:", secret=WRONG_SECRET, fails=True))


if __name__ == "__main__":
    unittest.main()
