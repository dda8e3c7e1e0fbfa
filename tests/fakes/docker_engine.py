"""What tests of the scripted docker share: a directory for it, and ways to call it."""

import json
import os
import pathlib
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCKER = ROOT / "tests" / "support" / "fake_docker" / "docker"
APP = ROOT / "examples" / "deploy_container" / "app"
PASSWORD = "cktest-docker-1"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(url, **more):
    """(status, text, headers); raises as long as nothing listens."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(url, **more), timeout=10) as reply:
            return reply.status, reply.read().decode(), reply.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers


def fetched(url, seconds=10):
    """The same, when it answers."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return fetch(url)
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


class WithDocker(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="cloudkit-docker-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.state = self.directory / "state"
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.directory), "FAKE_DOCKER": str(self.state)}

    def call(self, *arguments, data="", program=DOCKER):
        """(exit status, standard output, standard error)"""
        done = subprocess.run([str(program), *map(str, arguments)], input=data, capture_output=True, text=True, timeout=60,
                              check=False, env=self.environment, cwd=self.directory)
        return done.returncode, done.stdout, done.stderr

    def ok(self, *arguments, **more):
        status, out, error = self.call(*arguments, **more)
        self.assertEqual(status, 0, error)
        return out

    def fails(self, text, *arguments, **more):
        status, _, error = self.call(*arguments, **more)
        self.assertNotEqual(status, 0)
        self.assertIn(text, error)

    def write(self, name, text):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def calls(self):
        return [json.loads(line) for line in (self.state / "calls").read_text().splitlines()]
