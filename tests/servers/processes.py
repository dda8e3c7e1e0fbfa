"""Child processes that outlive their starter: recorded in a file, ended by `stop`."""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request


class StartFailed(Exception):
    """A server did not come up; the text says why."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _start_time(pid):
    """What tells a process from a later one with the same id; None when it is gone."""
    with contextlib.suppress(OSError):
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return fields[19] if fields[0] != "Z" else None
    return None


def spawn(directory, name, command, **options):
    """Starts a command in the background; its output goes to NAME.log."""
    with open(directory / f"{name}.log", "ab") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=directory,
                                   start_new_session=True, **options)
    with open(directory / "pids", "a") as pids:
        pids.write(f"{process.pid} {_start_time(process.pid)} {name}\n")
    return process


def run(directory, command, timeout=60, **options):
    """Runs a command to its end; its output goes to commands.log. Fails with the command's name."""
    with open(directory / "commands.log", "ab") as log:
        log.write(f"$ {' '.join(map(str, command))}\n".encode())
        log.flush()
        try:
            subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=directory, timeout=timeout,
                           check=True, **options)
        except (OSError, subprocess.SubprocessError) as error:
            raise StartFailed(f"{command[0]}: {error}") from error


def open_http(request, seconds):
    """By no proxy of the environment: the servers are on this machine."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=seconds)


def wait_for_http(url, processes, seconds):
    """Waits until something answers at `url`, whatever the status, while all of `processes` run."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for process in processes:
            if process.poll() is not None:
                raise StartFailed(f"{process.args[0]} ended with status {process.returncode}")
        try:
            open_http(url, 2).close()
            return
        except urllib.error.HTTPError:
            return
        except (OSError, ValueError):
            time.sleep(0.1)
    raise StartFailed(f"nothing answered at {url} within {seconds} s")


def stop_all(directory):
    """Ends what `spawn` recorded under `directory`, and nothing else. Nothing they hold is worth a farewell."""
    for record in sorted(pathlib.Path(directory).rglob("pids")):
        alive = [line.split()[:2] for line in record.read_text().splitlines()]
        deadline = time.monotonic() + 10
        while alive and time.monotonic() < deadline:
            alive = [(pid, started) for pid, started in alive if _start_time(pid) == started]
            for pid, _ in alive:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(int(pid), signal.SIGKILL)
            time.sleep(0.05)
        record.unlink()
