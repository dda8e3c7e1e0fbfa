"""The strict fake S3 of tests/fakes: what AWS documents, where the other servers deviate."""

import os
import pathlib
import sys

from processes import free_port, spawn, wait_for_http

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Any Python can run it; with AWS's own CRCs, which boto3 brings along, it is faster.
VENV = ROOT / ".venv" / "bin" / "python3"
# Not secrets: they open a server that listens on loopback and lives for one test run.
KEY = "CKTESTFAKES3KEY00001"
SECRET = "cktest-fake-s3-4b81f0d2"


def missing():
    """Why it cannot run here, or None."""
    return None


def start(directory):
    """Returns the variables that lead tests to it."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    python = str(VENV) if VENV.exists() else sys.executable
    command = [python, "-m", "fake_s3", "--port", str(port), "--key", f"{KEY}:{SECRET}"]
    server = spawn(directory, "fake_s3", command, env={**os.environ, "PYTHONPATH": str(ROOT / "tests" / "fakes")})
    wait_for_http(url, [server], 60)
    return {"URL": url, "KEY": KEY, "SECRET": SECRET}
