"""The strict fake of EC2 and what is around it, of tests/fakes: its machines run, which those of moto do not."""

import os
import pathlib
import sys

from processes import free_port, spawn, wait_for_http

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Not secrets: they open a server that listens on loopback and lives for one test run.
KEY = "CKTESTCOMPUTEKEY0001"
SECRET = "cktest-fake-compute-5e3a90b1"


def missing():
    """Why it cannot run here, or None."""
    return None


def start(directory):
    """Returns the variables that lead tests to it."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    machines = directory / "machines"
    machines.mkdir()
    command = [sys.executable, "-m", "fake_compute", "--port", str(port), "--key", f"{KEY}:{SECRET}",
               "--directory", str(machines)]
    server = spawn(directory, "fake_compute", command, env={**os.environ, "PYTHONPATH": str(ROOT / "tests" / "fakes")})
    wait_for_http(url, [server], 60)
    return {"URL": url, "KEY": KEY, "SECRET": SECRET}
