"""The strict fakes of Lambda and what is around it, of tests/fakes: moto takes any signature there and refuses little."""

import os
import pathlib
import sys

from processes import free_port, spawn, wait_for_http

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Not secrets: they open a server that listens on loopback and lives for one test run.
KEY = "CKTESTFUNCTIONSKEY01"
SECRET = "cktest-fake-functions-7d20c9e4"


def missing():
    """Why it cannot run here, or None."""
    return None


def start(directory):
    """Returns the variables that lead tests to it."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    # One refusal of a new role shows as much as two, and costs a second less.
    command = [sys.executable, "-m", "fake_functions", "--port", str(port), "--key", f"{KEY}:{SECRET}",
               "--role-attempts", "1"]
    server = spawn(directory, "fake_functions", command, env={**os.environ, "PYTHONPATH": str(ROOT / "tests" / "fakes")})
    wait_for_http(url, [server], 60)
    return {"URL": url, "KEY": KEY, "SECRET": SECRET}
