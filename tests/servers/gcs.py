"""The strict fake of Cloud Storage of tests/fakes: what Google documents, where emulators deviate."""

import json
import os
import pathlib
import sys

from processes import free_port, run, spawn, wait_for_http

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Any Python can run it; with the CRCs that other packages bring along it is faster.
VENV = ROOT / ".venv" / "bin" / "python3"
# Not secret: it opens a server that listens on loopback and lives for one test run.
TOKEN = "cktest-gcs-5c02e9b4"


def missing():
    """Why it cannot run here, or None."""
    return None


def make_account(directory, url):
    """The file of a service account that nobody else has."""
    run(directory, ["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "key.pem"])
    account = {"type": "service_account", "project_id": "ck-project", "private_key_id": "1", "client_id": "1",
               "private_key": (directory / "key.pem").read_text(), "token_uri": f"{url}/token",
               "client_email": "tester@ck-project.iam.gserviceaccount.com"}
    path = directory / "account.json"
    path.write_text(json.dumps(account))
    path.chmod(0o600)
    return path


def start_one(directory, name, port, account, *options):
    """Returns its URL."""
    url = f"http://127.0.0.1:{port}"
    python = str(VENV) if VENV.exists() else sys.executable
    command = [python, "-m", "fake_gcs", "--port", str(port), "--token", TOKEN, "--account", str(account), *options]
    server = spawn(directory, name, command, env={**os.environ, "PYTHONPATH": str(ROOT / "tests" / "fakes")})
    wait_for_http(f"{url}/storage/v1/b", [server], 60)
    return url


def start(directory):
    """Returns the variables that lead tests to it. MEAN is one that has a bad day."""
    port = free_port()
    account = make_account(directory, f"http://127.0.0.1:{port}")
    return {"URL": start_one(directory, "fake_gcs", port, account), "TOKEN": TOKEN, "ACCOUNT": account,
            "MEAN_URL": start_one(directory, "mean", free_port(), account, "--mean"), "MEAN_TOKEN": TOKEN,
            "MEAN_ACCOUNT": account, "CLIENT": client() or ""}


def client():
    """The command of Google's own client, or None."""
    installed = next(VENV.parents[1].glob("lib/python3*/site-packages/google/cloud/storage"), None)
    return f"{VENV} {pathlib.Path(__file__).resolve().parent / 'gcs_client.py'}" if installed else None
