"""Reads a Dockerfile, and makes of it what an image is here: its files, and how it runs.

https://docs.docker.com/reference/dockerfile/
"""

import fnmatch
import json
import re
import shutil

from engine import Failed

_IGNORED = {"RUN", "EXPOSE", "HEALTHCHECK", "LABEL", "STOPSIGNAL", "VOLUME", "SHELL", "ONBUILD"}


def _lines(text):
    """(number, instruction, rest) of each, joined over the ends of lines that go on."""
    pending, begun = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#") or (not line.strip() and not pending):
            continue
        begun = begun or number
        pending += line.rstrip()
        if pending.endswith("\\"):
            pending = pending[:-1] + " "
            continue
        name, _, rest = pending.strip().partition(" ")
        yield begun, name.upper(), rest.strip()
        pending, begun = "", 0


def _ignored(context, name):
    """Whether .dockerignore leaves it out: the last pattern that matches decides."""
    path, out = context / ".dockerignore", False
    for pattern in path.read_text().split() if path.exists() else []:
        if fnmatch.fnmatchcase(name, pattern.lstrip("!").strip("/")):
            out = not pattern.startswith("!")
    return out


def _fail(message):
    return Failed(f"ERROR: failed to build: failed to solve: {message}")


class _Build:
    def __init__(self, context, root):
        self.context, self.root = context, root
        self.config = {"base": "", "directory": "/", "environment": {}, "user": "", "command": []}

    def _inside(self, path):
        joined = path if path.startswith("/") else f"{self.config['directory'].rstrip('/')}/{path}"
        return self.root / joined.lstrip("/")

    def FROM(self, rest):
        self.config["base"] = rest.split()[0]

    def WORKDIR(self, rest):
        self.config["directory"] = rest if rest.startswith("/") else f"{self.config['directory'].rstrip('/')}/{rest}"
        self._inside(".").mkdir(parents=True, exist_ok=True)

    def ENV(self, rest):
        for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|(\S*))', rest):
            self.config["environment"][name] = quoted or plain

    def USER(self, rest):
        self.config["user"] = rest

    def CMD(self, rest):
        self.config["command"] = json.loads(rest) if rest.startswith("[") else ["/bin/sh", "-c", rest]

    ENTRYPOINT = CMD

    def COPY(self, rest):
        words = [word for word in rest.split() if not word.startswith("--")]
        target = self._inside(words[-1])
        for word in words[:-1]:
            source = (self.context / word).resolve()
            if not source.exists() or (word != "." and _ignored(self.context, word)) or not source.is_relative_to(self.context):
                raise _fail("failed to compute cache key: failed to calculate checksum of ref: "
                            f'"/{word.strip("/")}": not found')
            if source.is_dir():
                shutil.copytree(source, target, dirs_exist_ok=True, ignore=lambda directory, names: [
                    name for name in names if directory == str(self.context) and _ignored(self.context, name)])
            else:
                into = target / source.name if words[-1].endswith("/") or target.is_dir() else target
                into.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, into)

    ADD = COPY


def build(context, dockerfile, root):
    """The configuration of the image whose files are put below `root`."""
    if not dockerfile.is_file():
        raise _fail(f"failed to read dockerfile: open {dockerfile.name}: no such file or directory")
    made, begun = _Build(context.resolve(), root), False
    for number, name, rest in _lines(dockerfile.read_text()):
        instruction = None if name.startswith("_") else getattr(made, name, None)
        if name != "ARG" and not begun and name != "FROM":
            raise _fail("dockerfile parse error on line {}: no build stage in current context".format(number))
        if instruction is None and name not in _IGNORED | {"ARG"}:
            raise _fail(f"dockerfile parse error on line {number}: unknown instruction: {name}")
        if not rest:
            raise _fail(f"dockerfile parse error on line {number}: {name} requires at least one argument")
        begun = begun or name == "FROM"
        if instruction:
            instruction(rest)
    if not begun:
        raise _fail("file with no instructions")
    return made.config
