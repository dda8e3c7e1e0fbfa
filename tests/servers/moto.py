"""moto: AWS in a Python process. Signatures are not checked; many services are there."""

import json
import os
import pathlib
import urllib.request

from processes import StartFailed, free_port, open_http, spawn, wait_for_http

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
    run_no_functions(url)
    return {"URL": url, "KEY": KEY, "SECRET": SECRET}


def run_no_functions(url):
    """There is no Docker to run them. Before any test: what the other setting has made is not there with this one."""
    settings = urllib.request.Request(f"{url}/moto-api/config", data=json.dumps({"lambda": {"use_docker": False}}).encode())
    try:
        open_http(settings, 60).close()
    except OSError as error:
        raise StartFailed(f"its settings: {error}") from error
