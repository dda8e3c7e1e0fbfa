"""What the graders share: the server, and how the programs among them are run."""

import importlib.util
import io
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from fake_s3.server import Server
from fake_s3.service import Service

KEY, SECRET = "CKTESTFAKEGRADE00001", "cktest-fakegrade-1"
WRONG_SECRET = "cktest-fakegrade-2"
REGIONS = ["us-east-1", "us-west-2"]
MiB = 2**20
# Names that clients like to get wrong.
ODD_NAMES = ("plain.txt", "a b+c%2Fd.txt", "ä/\u65e5\u672c \U0001F600.txt", "&<>'\"=;,$@!()*.txt", "deep/er/x.txt")


def missing(client):
    """Why it cannot grade here, or None."""
    client = "boto3" if client in ("functions", "compute") else client
    if client in ("azure-client", "gcs-client"):
        vendor, module = ("azure", "azure.storage.blob") if client == "azure-client" else ("google", "google.cloud.storage")
        found = importlib.util.find_spec(vendor) and importlib.util.find_spec(module)
        return None if found else "not installed (scripts/setup servers)"
    if client in ("boto3", "awscli"):
        found = importlib.util.find_spec(client) and importlib.util.find_spec("awscrt")
        return None if found else "not installed (scripts/setup servers)"
    return None if shutil.which(client) else "not installed (scripts/setup referees)"


def pattern(size, seed=1):
    """Bytes that do not repeat soon."""
    block = bytes((i * 31 + i // 251 + seed * 97) & 0xFF for i in range(65_537))
    return (block * (size // len(block) + 1))[:size]


class Graded(unittest.TestCase):
    """Each test has a server of its own, and a directory."""

    def setUp(self):
        self.log = io.StringIO()
        self.service = Service({KEY: (SECRET, None)}, REGIONS, log=self.log)
        self.server = Server(self.service).start()
        self.addCleanup(self.server.close)
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def environment(self, secret=SECRET):
        """That of a client: nothing of the machine's own configuration."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        return {"LC_ALL": "C.UTF-8", **kept, "HOME": str(self.directory), "AWS_ACCESS_KEY_ID": KEY,
                "AWS_SECRET_ACCESS_KEY": secret, "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_ENDPOINT_URL": self.server.url, "NO_PROXY": "*"}

    def run_program(self, command, secret=SECRET, fails=False, data=None, environment=None):
        """Its output; of one that must fail, what it says of why."""
        done = subprocess.run([str(part) for part in command], input=data, capture_output=True, timeout=120,
                              check=False, env={**self.environment(secret), **(environment or {})}, cwd=self.directory)
        said = (done.stdout + done.stderr).decode(errors="replace")
        self.assertEqual(done.returncode != 0, fails, f"{command}\n{said}\n{self.log.getvalue()}")
        return said if fails else done.stdout

    def write(self, name, data):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def stored(self, bucket, key):
        version = self.service.store.get(bucket).live(key)
        self.assertIsNotNone(version, key)
        return version


def python_program(module):
    return [sys.executable, "-m", module]
