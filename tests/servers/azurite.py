"""Azurite: Microsoft's emulator of Azure Storage, the Blob service of it, in memory."""

import pathlib
import shutil

from processes import free_port, spawn, wait_for_http

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / ".azurite/node_modules/azurite/dist/src/blob/main.js"
# Published by Microsoft for everybody's emulator, so no secret.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def missing():
    """Why it cannot run here, or None."""
    return None if PROGRAM.exists() and shutil.which("node") else "not installed: azurite (scripts/setup servers)"


def start(directory):
    """Returns the variables that lead tests to it."""
    host = f"http://127.0.0.1:{(port := free_port())}"
    server = spawn(directory, "azurite", ["node", str(PROGRAM), "--blobHost", "127.0.0.1", "--blobPort", str(port),
                                          "--inMemoryPersistence", "--disableTelemetry", "--silent",
                                          "--skipApiVersionCheck"])  # It knows no version of this year.
    wait_for_http(f"{host}/", [server], 60)
    return {"URL": f"{host}/{ACCOUNT}", "KEY": KEY, "CLIENT": client() or ""}


def client():
    """The command of Azure's own client, or None."""
    home = pathlib.Path(__file__).resolve().parent
    python = home.parents[1] / ".venv/bin/python"
    installed = next(python.parents[1].glob("lib/python3*/site-packages/azure/storage/blob"), None)
    return f"{python} {home / 'azure_client.py'}" if installed else None
