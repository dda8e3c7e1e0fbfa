"""The commands of the scripted docker. https://docs.docker.com/reference/cli/docker/"""

import hashlib
import json
import pathlib
import shutil
import sys
import tempfile

import containers
from dockerfile import build as build_image
from engine import HUB, Failed, Reference
from options import options, want

VERSION = "28.3.2"


def version(engine, arguments):
    del engine
    found, _ = options("version", arguments, (), ("--format", "-f"))
    wanted = (found.get("--format") or found.get("-f") or [""])[0]
    shown = {"": f"Client:\n Version:           {VERSION}\n\nServer: the scripted one of tests\n Engine:\n"
                 f"  Version:          {VERSION}\n", "{{.Server.Version}}": VERSION + "\n",
             "{{.Client.Version}}": VERSION + "\n"}
    if wanted not in shown:
        raise Failed(f"the scripted docker does not know the template {wanted}", 64)
    sys.stdout.write(shown[wanted])


def build(engine, arguments):
    found, rest = options("build", arguments, ("--pull", "--no-cache", "-q", "--quiet"),
                          ("-t", "--tag", "-f", "--file", "--platform", "--progress", "--label", "--build-arg"))
    want("build", rest, 1, "1 argument")
    context = pathlib.Path(rest[0])
    tags = [Reference(text) for text in found.get("-t", []) + found.get("--tag", [])]
    if not context.is_dir():
        raise Failed(f'ERROR: unable to prepare context: path "{rest[0]}" not found')
    named = (found.get("-f", []) + found.get("--file", []) + [""])[0]
    with tempfile.TemporaryDirectory(dir=engine.root) as scratch:
        made = pathlib.Path(scratch)
        (made / "root").mkdir()
        config = build_image(context, pathlib.Path(named) if named else context / "Dockerfile", made / "root")
        config["platform"] = (found.get("--platform") or ["linux/amd64"])[0]
        (made / "config.json").write_text(json.dumps(config))
        identity = _digest(made)
        if not (engine.images / identity).exists():
            shutil.copytree(made, engine.images / identity)
    for reference in tags:
        engine.tag(reference, identity)
    if "-q" in found or "--quiet" in found:
        print(f"sha256:{identity}")
    else:
        print(f"#1 [1/2] FROM {config['base']}\n#2 exporting to image\n#2 writing image sha256:{identity} done",
              *(f"#2 naming to {reference} done" for reference in tags), sep="\n", file=sys.stderr)


def _digest(directory):
    digest = hashlib.sha256()
    for path in sorted(directory.rglob("*")):
        digest.update(str(path.relative_to(directory)).encode() + b"\0" + (path.read_bytes() if path.is_file() else b""))
    return digest.hexdigest()


def _image(engine, text):
    identity = engine.find(text)
    if identity is None:
        raise Failed(f"Error response from daemon: No such image: {text if ':' in text else text + ':latest'}")
    return identity


def tag(engine, arguments):
    _, rest = options("tag", arguments)
    want("tag", rest, 2, "2 arguments")
    try:
        target = Reference(rest[1])
    except Failed as error:
        raise Failed(f'Error parsing reference: "{rest[1]}" is not a valid repository/tag: invalid reference format') from error
    engine.tag(target, _image(engine, rest[0]))


def login(engine, arguments):
    found, rest = options("login", arguments, ("--password-stdin",), ("-u", "--username", "-p", "--password"))
    user = (found.get("-u", []) + found.get("--username", []) + [""])[0]
    if "-p" in found or "--password" in found:
        raise Failed("WARNING! Using --password via the CLI is insecure. Use --password-stdin. (The real docker would go "
                     "on; this one is for tests, and does not.)")
    if "--password-stdin" not in found:
        raise Failed("Error: Cannot perform an interactive login from a non TTY device")
    if not user:
        raise Failed("Must provide --username with --password-stdin")
    if len(rest) > 1:
        want("login", rest, 1, "at most 1 argument")
    server = rest[0].removeprefix("https://").removesuffix("/") if rest else HUB
    # As docker does: one end of line is not of it.
    password = engine.read_input().decode().removesuffix("\n").removesuffix("\r")
    if not password:
        raise Failed("Error: password is empty")
    if not engine.is_right(user, password, server):
        status = "400 Bad Request" if ".dkr.ecr." in server else "401 Unauthorized"
        raise Failed(f"Error response from daemon: login attempt to https://{server}/v2/ failed with status: {status}")
    engine.keep_credentials(server, user, password)
    print(f"\nWARNING! Your credentials are stored unencrypted in '{engine.config}/config.json'.", file=sys.stderr)
    print("Login Succeeded")


def logout(engine, arguments):
    _, rest = options("logout", arguments)
    server = rest[0].removeprefix("https://").removesuffix("/") if rest else HUB
    held = engine.drop_credentials(server)
    print(f"Removing login credentials for {server}" if held else f"Not logged in to {server}")


def push(engine, arguments):
    found, rest = options("push", arguments, ("-q", "--quiet"), ("--platform",))
    want("push", rest, 1, "1 argument")
    reference = Reference(rest[0])
    if "-q" not in found and "--quiet" not in found:
        print(f"The push refers to repository [{reference.repository}]")
    identity = engine.find(rest[0])
    if identity is None:
        raise Failed(f"An image does not exist locally with the tag: {reference.repository.removeprefix('docker.io/')}")
    engine.check_may(reference, "push")
    shelf = engine.shelf(reference)
    shutil.rmtree(shelf, ignore_errors=True)
    shutil.copytree(engine.images / identity, shelf / identity)
    print(f"{reference.tag}: digest: sha256:{identity} size: 1572" if len(found) == 0 else str(reference))


def pull(engine, arguments):
    found, rest = options("pull", arguments, ("-q", "--quiet"), ("--platform",))
    want("pull", rest, 1, "1 argument")
    reference = Reference(rest[0])
    engine.check_may(reference, "pull")
    fetch(engine, reference)
    if not found:
        print(f"{reference.tag}: Pulling from {reference.path}\nStatus: Downloaded newer image for {reference}")
    print(reference)


def fetch(engine, reference):
    shelf = engine.shelf(reference)
    pushed = next(shelf.iterdir(), None) if shelf.exists() else None
    if pushed is None:
        raise Failed(f"Error response from daemon: manifest for {reference} not found: manifest unknown: Requested image not "
                     "found")
    if not (engine.images / pushed.name).exists():
        shutil.copytree(pushed, engine.images / pushed.name)
    engine.tag(reference, pushed.name)
    return pushed.name


_OF_CONTAINERS = ("--name", "--restart", "-p", "--publish", "-e", "--env", "--env-file", "--label", "--pull", "--log-driver",
                  "--user")


def _create(name, engine, arguments, flags):
    """(The new container's id, which options there were.) A missing image is pulled."""
    found, rest = options(name, arguments, ("--rm", "--init", *flags), _OF_CONTAINERS)
    if not rest:
        want(name, rest, 1, "at least 1 argument")
    if name == "run" and not found.keys() & {"-d", "--detach"}:
        raise Failed("the scripted docker runs containers detached only: -d", 125)
    reference = Reference(rest[0])
    identity = engine.find(rest[0])
    if identity is None or found.get("--pull") == ["always"]:
        engine.check_may(reference, "pull")
        identity = fetch(engine, reference)
    return containers.create(engine, identity, found, rest[1:], str(reference))


def create(engine, arguments):
    print(_create("create", engine, arguments, ()))


def run(engine, arguments):
    """Detached only: `-d`."""
    try:
        identity = _create("run", engine, arguments, ("-d", "--detach"))
        containers.begin(engine, identity)
    except Failed as error:
        if str(error).startswith("Error response from daemon: "):
            raise Failed(f"docker: {error}", max(error.code, 125)) from error
        raise
    print(identity)


def _inspected(kind, arguments):
    """(what is to be inspected, template)"""
    found, rest = options(f"{kind} inspect", arguments[1:], (), ("-f", "--format"))
    if arguments[:1] != ["inspect"]:
        raise Failed(f"the scripted docker knows 'docker {kind} inspect' only", 64)
    want(f"{kind} inspect", rest, 1, "1 argument")
    return rest[0], (found.get("-f", []) + found.get("--format", []) + ["{{.Id}}"])[0]


def image(engine, arguments):
    name, template = _inspected("image", arguments)
    print(template.replace("{{.Id}}", "sha256:" + _image(engine, name)))


def container(engine, arguments):
    containers.inspect(engine, *_inspected("container", arguments))


COMMANDS = {"version": version, "build": build, "tag": tag, "login": login, "logout": logout, "push": push, "pull": pull,
            "create": create, "run": run, "ps": containers.ps, "rm": containers.rm, "start": containers.start,
            "stop": containers.stop, "rename": containers.rename, "logs": containers.logs, "image": image,
            "container": container}
