"""moto: AWS in a Python process. Signatures are not checked; many services are there."""

import os
import pathlib

from processes import free_port, spawn, wait_for_http

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / ".venv" / "bin" / "moto_server"
# Not secrets: moto takes any.
KEY = "CKTESTMOTOKEY0000001"
SECRET = "cktest-moto-secret-0b7e52aa"


def missing():
    """Why it cannot run here, or None."""
    return None if PROGRAM.exists() else "not installed: moto (scripts/setup servers)"


def start(directory):
    """Returns the variables that lead tests to it."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
                   "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
    server = spawn(directory, "moto", [str(PROGRAM), "-H", "127.0.0.1", "-p", str(port)], env=environment)
    wait_for_http(f"{url}/moto-api/", [server], 60)
    return {"URL": url, "KEY": KEY, "SECRET": SECRET}
