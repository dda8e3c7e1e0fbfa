"""The strict fake of Azure's Blob service of tests/fakes: what Microsoft documents, where Azurite deviates."""

import os
import pathlib
import sys

from processes import free_port, spawn, wait_for_http

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Any Python can run it; with AWS's own CRCs, which boto3 brings along, it is faster.
VENV = ROOT / ".venv" / "bin" / "python3"
# Not secrets: they open a server that listens on loopback and lives for one test run.
ACCOUNT = "devstoreaccount1"  # As Azurite has it.
KEY = "Y2t0ZXN0LWZha2UtYXp1cmUtNGI4MWYwZDI="  # Of the usual spelling: cktest-fake-azure-4b81f0d2.
TOKEN = "cktest-fake-azure-token-7c02e5a9"


def missing():
    """Why it cannot run here, or None."""
    return None


def start_one(directory, name, *options):
    """Returns the account's URL."""
    host = f"http://127.0.0.1:{(port := free_port())}"
    python = str(VENV) if VENV.exists() else sys.executable
    command = [python, "-m", "fake_azure", "--port", str(port), "--account", f"{ACCOUNT}:{KEY}", "--token", TOKEN]
    server = spawn(directory, name, [*command, *options],
                   env={**os.environ, "PYTHONPATH": str(ROOT / "tests" / "fakes")})
    wait_for_http(f"{host}/_fake/calls", [server], 60)
    return f"{host}/{ACCOUNT}"


def start(directory):
    """Returns the variables that lead tests to it; SECRET is a token that it takes. VERSIONED is an account that keeps
    versions."""
    versioned = start_one(directory, "versioned", "--versioning", "1")
    return {"URL": start_one(directory, "fakeazure"), "KEY": KEY, "SECRET": TOKEN,
            "VERSIONED_URL": versioned, "VERSIONED_KEY": KEY}
