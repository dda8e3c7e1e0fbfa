"""The strict fake of EC2 and what is around it, of tests/fakes: its machines run, which those of moto do not."""

import os
import pathlib
import sys

from processes import free_port, spawn, wait_for_http

# Of the registry, as GetAuthorizationToken has it.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fakes"))
from fake_compute.identity import REGISTRY_PASSWORD  # noqa: E402  # pylint: disable=wrong-import-position

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Not secrets: they open a server that listens on loopback and lives for one test run.
KEY = "CKTESTCOMPUTEKEY0001"
SECRET = "cktest-fake-compute-5e3a90b1"


def missing():
    """Why it cannot run here, or None."""
    return None


def make_programs(directory):
    """What machines find beside the programs of this system, and tests may, too: the scripted docker, with a registry that
    both reach, and as much of AWS's command line as a machine logs in to that with."""
    registry = directory / "registry"
    programs = {"docker": f"FAKE_DOCKER_REGISTRY='{registry}' exec '{ROOT}/tests/support/fake_docker/docker' \"$@\"",
                "aws": f"""[ "$1 $2" = "ecr get-login-password" ] || {{ echo "aws: $*: not known here" >&2; exit 252; }}
cat '{registry}/password'"""}
    (directory / "bin").mkdir()
    registry.mkdir()
    (registry / "password").write_text(f"{REGISTRY_PASSWORD}\n")
    for name, text in programs.items():
        path = directory / "bin" / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
    return directory / "bin"


def start(directory):
    """Returns the variables that lead tests to it."""
    programs = make_programs(directory)
    url = f"http://127.0.0.1:{(port := free_port())}"
    machines = directory / "machines"
    machines.mkdir()
    command = [sys.executable, "-m", "fake_compute", "--port", str(port), "--key", f"{KEY}:{SECRET}",
               "--directory", str(machines), "--path", str(programs)]
    server = spawn(directory, "fake_compute", command, env={**os.environ, "PYTHONPATH": str(ROOT / "tests" / "fakes")})
    wait_for_http(url, [server], 60)
    return {"URL": url, "KEY": KEY, "SECRET": SECRET, "BIN": str(programs)}
