"""Containers of the scripted docker: processes, each with a directory that says what it is."""

import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time

from engine import Failed

_RESTARTS = ("no", "always", "unless-stopped", "on-failure")
_STOP_SECONDS = 10  # "until SIGKILL": reference/cli/docker/container/stop/


def _published(found):
    """The port of the host: the container is a process, which listens there itself. None without one."""
    ports = found.get("-p", []) + found.get("--publish", [])
    if not ports:
        return None
    outer, _, inner = ports[0].removesuffix("/tcp").rpartition(":")
    outer = outer.rpartition(":")[2]
    if len(ports) > 1 or not outer.isdigit() or not inner.isdigit():
        raise Failed(f"docker: invalid publish opts format (the scripted one takes one HOST:CONTAINER): {ports}", 125)
    return outer


def _check_name(engine, name):
    if (engine.containers / name).exists():
        raise Failed(f'docker: Error response from daemon: Conflict. The container name "/{name}" is already in use. You have '
                     "to remove (or rename) that container to be able to reuse that name.", 125)


def run(engine, image_id, found, arguments, image):
    """The id of the new container."""
    config = json.loads((engine.images / image_id / "config.json").read_text())
    root = engine.images / image_id / "root"
    identity = secrets.token_hex(32)
    name = (found.get("--name") or [f"some_{identity[:6]}"])[0]
    restart = (found.get("--restart") or ["no"])[0]
    if restart.partition(":")[0] not in _RESTARTS:
        raise Failed(f"docker: invalid restart policy: unknown policy '{restart}'; use one of {_RESTARTS}", 125)
    if restart != "no" and "--rm" in found:
        raise Failed("docker: conflicting options: cannot specify both --restart and --rm", 125)
    _check_name(engine, name)
    port = _published(found)
    command = arguments or config["command"]
    if not command:
        raise Failed("docker: Error response from daemon: no command specified", 125)
    if command[0] in ("python", "python3"):
        command = [sys.executable, *command[1:]]
    home = engine.containers / name
    shutil.copytree(root, home / "root")
    environment = {**config["environment"], **_environment(found)}
    if port:
        environment["PORT"] = port
    _write(home, {
        "id": identity, "name": name, "image": image, "image_id": image_id, "restart": restart, "port": port,
        "user": config["user"], "labels": dict(one.partition("=")[::2] for one in found.get("--label", [])),
        "command": command, "directory": config["directory"], "environment": environment})
    _spawn(home)
    return identity


def _environment(found):
    given = found.get("-e", []) + found.get("--env", [])
    for path in found.get("--env-file", []):
        given = [line for line in pathlib.Path(path).read_text().splitlines() if line and not line.startswith("#")] + given
    return dict(one.partition("=")[::2] for one in given)


def _write(home, container):
    (home / "container.json").write_text(json.dumps(container))


def _spawn(home):
    container = json.loads((home / "container.json").read_text())
    with open(home / "log", "ab") as log:
        process = subprocess.Popen(  # pylint: disable=consider-using-with
            container["command"], cwd=home / "root" / container["directory"].lstrip("/"),
            env={"PATH": os.environ["PATH"], **container["environment"]}, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True)
    _write(home, {**container, "pid": process.pid})


def _find(engine, text):
    for path in engine.containers.iterdir():
        container = json.loads((path / "container.json").read_text())
        if text == container["name"] or (len(text) >= 12 and container["id"].startswith(text)):
            return path, container
    raise Failed(f"Error response from daemon: No such container: {text}")


def _is_running(container):
    try:
        process = pathlib.Path(f"/proc/{container['pid']}")
        fields = (process / "stat").read_text().rpartition(")")[2].split()
        has_ended = fields[0] == "Z" and len(list((process / "task").iterdir())) < 2
        return not has_ended and int(fields[3]) == container["pid"]  # It leads its session still.
    except OSError:
        return False


def _end(container, seconds=_STOP_SECONDS):
    for number, wait in ((signal.SIGTERM, seconds), (signal.SIGKILL, 5)):
        if not _is_running(container):
            return
        os.killpg(container["pid"], number)
        deadline = time.monotonic() + wait
        while _is_running(container) and time.monotonic() < deadline:
            time.sleep(0.02)


def ps(engine, arguments):
    """`docker ps --format '{{.Names}}'` and `-q` are what programs ask for."""
    shown_all = bool({"-a", "--all"} & set(arguments))
    found = []
    for path in sorted(engine.containers.iterdir()):
        container = json.loads((path / "container.json").read_text())
        if shown_all or _is_running(container):
            found.append(container)
    if "-q" in arguments or "--quiet" in arguments:
        lines = [container["id"][:12] for container in found]
    elif "{{.Names}}" in arguments:
        lines = [container["name"] for container in found]
    else:
        lines = ["CONTAINER ID   IMAGE   STATUS   NAMES"]
        lines += [f"{one['id'][:12]}   {one['image']}   {'Up' if _is_running(one) else 'Exited'}   {one['name']}"
                  for one in found]
    print("".join(line + "\n" for line in lines), end="")


def start(engine, arguments):
    for text in arguments:
        path, container = _find(engine, text)
        if not _is_running(container):
            _spawn(path)
        print(text)


def rename(engine, arguments):
    path, container = _find(engine, arguments[0])
    _check_name(engine, arguments[1])
    _write(path, {**container, "name": arguments[1]})
    path.rename(path.with_name(arguments[1]))


_INSPECTED = re.compile(r'\{\{(?:index \.Config\.Labels "([^"]+)"|(\.[A-Za-z.]+))\}\}')


def inspect(engine, text, template):
    """What `docker container inspect -f` prints of as much as programs ask for."""
    _, container = _find(engine, text)
    runs = _is_running(container)
    # Nobody starts them again, or waits for what they end with.
    values = {".Id": container["id"], ".Image": "sha256:" + container["image_id"], ".Name": "/" + container["name"],
              ".State.Running": str(runs).lower(), ".State.Status": "running" if runs else "exited",
              ".State.ExitCode": "0" if runs else "1", ".RestartCount": "0"}
    print(_INSPECTED.sub(lambda found: container["labels"].get(found[1], "") if found[1] else values[found[2]], template))


def stop(engine, arguments):
    for text in arguments:
        _end(_find(engine, text)[1])
        print(text)


def rm(engine, arguments):
    force = bool({"-f", "--force"} & set(arguments))
    for text in [one for one in arguments if not one.startswith("-")]:
        try:
            path, container = _find(engine, text)
        except Failed:
            if force:
                continue  # "docker rm -f" of what there is not is a success.
            raise
        if _is_running(container) and not force:
            raise Failed(f'Error response from daemon: cannot remove container "/{container["name"]}": container is running: '
                         "stop the container before removing or force remove")
        _end(container, 0)
        shutil.rmtree(path)
        print(text)


def logs(engine, arguments):
    path, _ = _find(engine, arguments[-1])
    sys.stdout.write((path / "log").read_text(errors="replace"))
