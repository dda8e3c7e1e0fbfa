"""Containers of the scripted docker: processes, each with a directory that says what it is."""

import contextlib
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import sys
import time

import shim
from engine import Failed
from options import options, want
from shim import write

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
    path = engine.containers / name / "container.json"
    if path.exists():
        identity = json.loads(path.read_text())["id"]
        raise Failed(f'Error response from daemon: Conflict. The container name "/{name}" is already in use by container '
                     f'"{identity}". You have to remove (or rename) that container to be able to reuse that name.')


def create(engine, image_id, found, arguments, image):
    """The id of the new container, which does not run yet."""
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
        raise Failed("Error response from daemon: no command specified")
    if command[0] in ("python", "python3"):
        command = [sys.executable, *command[1:]]
    home = engine.containers / name
    shutil.copytree(root, home / "root")
    environment = {**config["environment"], **_environment(found)}
    if port:
        environment["PORT"] = port
    write(home / "state.json", {"status": "created", "restarts": 0, "exit_code": 0})
    write(home / "container.json", {
        "id": identity, "name": name, "image": image, "image_id": image_id, "restart": restart, "port": port,
        "user": config["user"], "labels": dict(one.partition("=")[::2] for one in found.get("--label", [])),
        "command": command, "directory": config["directory"], "environment": environment})
    return identity


def _environment(found):
    given = found.get("-e", []) + found.get("--env", [])
    for path in found.get("--env-file", []):
        given = [line for line in pathlib.Path(path).read_text().splitlines() if line and not line.startswith("#")] + given
    return dict(one.partition("=")[::2] for one in given)


def _all(engine):
    """(directory, container) of each, by names."""
    for path in sorted(engine.containers.iterdir()):
        if (path / "container.json").exists():
            yield path, json.loads((path / "container.json").read_text())


def _find(engine, text):
    for path, container in _all(engine):
        if text == container["name"] or (len(text) >= 12 and container["id"].startswith(text)):
            return path, container
    raise Failed(f"Error response from daemon: No such container: {text}")


def _is_alive(leader):
    """Whether the process is there, and leads its session still."""
    try:
        process = pathlib.Path(f"/proc/{leader}")
        fields = (process / "stat").read_text().rpartition(")")[2].split()
        has_ended = fields[0] == "Z" and len(list((process / "task").iterdir())) < 2
        return not has_ended and int(fields[3]) == leader
    except OSError:
        return False


def _state(path):
    state = json.loads((path / "state.json").read_text())
    if state["status"] in ("running", "restarting") and not _is_alive(state["shim"]):
        state = json.loads((path / "state.json").read_text())  # It may have written its last word meanwhile.
        if state["status"] in ("running", "restarting"):
            state.update(status="exited", exit_code=137)  # Both were killed, as when the machine is.
    return state


def _runs(path):
    return _state(path)["status"] in ("running", "restarting")


def _end(path, seconds=_STOP_SECONDS):
    (path / "stopping").touch()
    for number, wait in ((signal.SIGTERM, seconds), (signal.SIGKILL, 5)):
        deadline, process = time.monotonic() + wait, None
        while _runs(path):
            now = _state(path).get("pid")
            if now and now != process:  # One that was just started again is told, too.
                process = now
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(now, number)
            if time.monotonic() >= deadline:
                break
            time.sleep(0.02)


def _names(arguments, name, flags=(), values=()):
    found, rest = options(name, arguments, flags, values)
    if not rest:
        want(name, rest, 1, "at least 1 argument")
    return found, rest


def ps(engine, arguments):
    """`docker ps --format '{{.Names}}'` and `-q` are what programs ask for."""
    found, rest = options("ps", arguments, ("-a", "--all", "-q", "--quiet", "--no-trunc"), ("-f", "--filter", "--format"))
    want("ps", rest, 0, "no arguments")
    names = []
    for one in found.get("-f", []) + found.get("--filter", []):
        key, _, value = one.partition("=")
        if key != "name":
            raise Failed(f"the scripted docker does not know the filter {one}", 64)
        names.append(value)
    shown = [(path, container) for path, container in _all(engine)
             if (found.keys() & {"-a", "--all"} or _runs(path))
             and (not names or any(re.search(name, container["name"]) for name in names))]  # A pattern, of any part.
    template = found.get("--format", [""])[0]
    if template not in ("", "{{.Names}}"):
        raise Failed(f"the scripted docker does not know the template {template}", 64)
    if found.keys() & {"-q", "--quiet"}:
        lines = [container["id"][:12] for _, container in shown]
    elif template:
        lines = [container["name"] for _, container in shown]
    else:
        lines = ["CONTAINER ID   IMAGE   STATUS   NAMES"]
        lines += [f"{one['id'][:12]}   {one['image']}   {_summary(_state(path))}   {one['name']}" for path, one in shown]
    print("".join(line + "\n" for line in lines), end="")


def _summary(state):
    return {"running": "Up", "created": "Created", "restarting": f"Restarting ({state['exit_code']})"}.get(
        state["status"], f"Exited ({state['exit_code']})")


def begin(engine, text):
    path, _ = _find(engine, text)
    if _runs(path):
        return
    if why := shim.start(path):
        raise Failed("Error response from daemon: failed to create task for container: failed to create shim task: OCI runtime "
                     f"create failed: unable to start container process: exec: {why}", 127)


def start(engine, arguments):
    for text in _names(arguments, "start")[1]:
        try:
            begin(engine, text)
        except Failed as error:
            raise Failed(f"{error}\nfailed to start containers: {text}") from error
        print(text)


def rename(engine, arguments):
    _, rest = options("rename", arguments)
    want("rename", rest, 2, "2 arguments")
    path, container = _find(engine, rest[0])
    _check_name(engine, rest[1])
    write(path / "container.json", {**container, "name": rest[1]})
    path.rename(path.with_name(rest[1]))


_INSPECTED = re.compile(r'\{\{(?:index \.Config\.Labels "([^"]+)"|(\.[A-Za-z.]+))\}\}')


def inspect(engine, text, template):
    """What `docker container inspect -f` prints of as much as programs ask for."""
    path, container = _find(engine, text)
    state = _state(path)
    values = {".Id": container["id"], ".Image": "sha256:" + container["image_id"], ".Name": "/" + container["name"],
              ".State.Running": str(state["status"] in ("running", "restarting")).lower(), ".State.Status": state["status"],
              ".State.ExitCode": str(state["exit_code"]), ".RestartCount": str(state["restarts"])}

    def value(found):
        if found[1]:
            return container["labels"].get(found[1], "")
        if found[2] not in values:
            raise Failed(f"the scripted docker does not know {found[2]} of a container", 64)
        return values[found[2]]

    print(_INSPECTED.sub(value, template))


def stop(engine, arguments):
    found, names = _names(arguments, "stop", (), ("-t", "--time", "--timeout"))
    seconds = [*found.values(), [_STOP_SECONDS]][0][-1]
    for text in names:
        path, _ = _find(engine, text)
        _end(path, int(seconds))
        print(text)


def rm(engine, arguments):
    found, names = _names(arguments, "rm", ("-f", "--force", "-v", "--volumes"))
    force = bool(found.keys() & {"-f", "--force"})
    for text in names:
        try:
            path, container = _find(engine, text)
        except Failed:
            if force:
                continue  # "docker rm -f" of what there is not is a success.
            raise
        if _runs(path) and not force:
            raise Failed(f'Error response from daemon: cannot remove container "/{container["name"]}": container is '
                         f'{_state(path)["status"]}: stop the container before removing or force remove')
        _end(path, 0)
        shutil.rmtree(path)
        print(text)


def logs(engine, arguments):
    found, rest = options("logs", arguments, (), ("-n", "--tail"))
    want("logs", rest, 1, "1 argument")
    path, _ = _find(engine, rest[0])
    lines = (path / "log").read_text(errors="replace").splitlines(True) if (path / "log").exists() else []
    tail = (found.get("-n", []) + found.get("--tail", []) + ["all"])[0]
    sys.stdout.writelines(lines if tail == "all" else lines[max(0, len(lines) - int(tail)):])
