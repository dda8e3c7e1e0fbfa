"""What stands behind each container that was started: it runs the process, knows how it ended, and starts it again."""

import contextlib
import json
import os
import pathlib
import subprocess
import time

# "An increasing delay (double the previous delay, starting at 100 milliseconds)", up to a minute, "is added before each
# restart"; it is forgotten once the container runs for 10 seconds: reference/cli/docker/container/run/#restart
_FIRST_DELAY, _LONGEST_DELAY, _LONG_RUN = 0.1, 60, 10


def write(path, value):
    """Whole or not at all: others read it meanwhile."""
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.write_text(json.dumps(value))
    new.replace(path)


def start(home):
    """Returns when the process runs, or why it does not."""
    (home / "stopping").unlink(missing_ok=True)
    read_end, write_end = os.pipe()
    if os.fork() == 0:
        try:
            os.close(read_end)
            os.setsid()
            os.chdir(home)  # Its directory is renamed when the container is.
            nothing = os.open(os.devnull, os.O_RDWR)
            for number in range(3):
                os.dup2(nothing, number)
            # Whoever waits for the end of a file that the caller has open must not wait for the container.
            for number in {int(name) for name in os.listdir("/proc/self/fd")} - {0, 1, 2, write_end}:
                with contextlib.suppress(OSError):
                    os.close(number)
            _run(write_end)
        finally:
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as said:
        return said.read()


def _run(started):
    container = json.loads(pathlib.Path("container.json").read_text())
    policy, _, most = container["restart"].partition(":")
    state, delay = {"shim": os.getpid(), "restarts": 0, "exit_code": 0}, _FIRST_DELAY
    while True:
        begun = time.monotonic()
        try:
            process = _spawn(container)
        except OSError as error:
            _note(state, status="created" if started is not None else "exited", exit_code=127)
            if started is not None:
                os.write(started, f"{container['command'][0]}: {error.strerror}".encode())
            return
        _note(state, status="running", pid=process.pid, exit_code=0)
        if started is not None:
            os.close(started)
            started = None
        code = process.wait()
        code = 128 - code if code < 0 else code
        again = policy in ("always", "unless-stopped") or (
            policy == "on-failure" and code != 0 and (not most or state["restarts"] < int(most)))
        if not again or _is_stopped():
            _note(state, status="exited", pid=0, exit_code=code)
            return
        delay = _FIRST_DELAY if time.monotonic() - begun > _LONG_RUN else delay
        _note(state, status="restarting", pid=0, exit_code=code)
        until, delay = time.monotonic() + delay, min(2 * delay, _LONGEST_DELAY)
        while time.monotonic() < until:
            if _is_stopped():
                _note(state, status="exited")
                return
            time.sleep(0.02)
        state["restarts"] += 1


def _is_stopped():
    return pathlib.Path("stopping").exists() or not pathlib.Path("container.json").exists()


def _note(state, **changes):
    state.update(changes)
    write(pathlib.Path("state.json"), state)


def _spawn(container):
    with open("log", "ab") as log:
        return subprocess.Popen(
            container["command"], cwd=pathlib.Path("root", container["directory"].lstrip("/")),
            env={"PATH": os.environ["PATH"], **container["environment"]}, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True)
