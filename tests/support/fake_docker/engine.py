"""Where the scripted docker keeps what it has, and how it fails."""

import base64
import fcntl
import json
import os
import pathlib
import re
import sys
import time

# https://pkg.go.dev/github.com/distribution/reference
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9-]+)*(?::\d+)?"
_REFERENCE = re.compile(rf"(?:(?P<host>{_HOST})/)?(?P<path>{_PART}(?:/{_PART})*)(?::(?P<tag>[\w][\w.-]{{0,127}}))?")
HUB = "https://index.docker.io/v1/"


class Failed(Exception):
    """What is said at the end, and the exit status."""

    def __init__(self, message, code=1):
        super().__init__(message)
        self.code = code


class Reference:
    """HOST/PATH:TAG; without a host that looks like one it is of Docker Hub."""

    def __init__(self, text):
        found = _REFERENCE.fullmatch(text)
        host = found["host"] if found else None
        is_host = host and ("." in host or ":" in host or host == "localhost")
        if not found or (host and not is_host and not re.fullmatch(_PART, host)):
            lower = text != text.lower()
            raise Failed(f'invalid argument "{text}" for "-t, --tag" flag: invalid reference format' +
                         (": repository name must be lowercase" if lower else ""), 125)
        self.host = host if is_host else "docker.io"
        path = found["path"] if is_host or not host else f"{host}/{found['path']}"
        self.path = path if is_host or "/" in path else f"library/{path}"
        self.tag = found["tag"] or "latest"

    @property
    def repository(self):
        return f"{self.host}/{self.path}"

    def __str__(self):
        return f"{self.repository}:{self.tag}"


class Engine:
    def __init__(self):
        home = pathlib.Path(os.environ.get("HOME", "/"))
        self.root = pathlib.Path(os.environ.get("FAKE_DOCKER") or home / ".fake-docker")
        self.registry = pathlib.Path(os.environ.get("FAKE_DOCKER_REGISTRY") or self.root / "registry")
        self.config = os.environ.get("DOCKER_CONFIG") or str(home / ".docker")
        self.images = self.root / "images"
        self.containers = self.root / "containers"
        for path in (self.images, self.containers, self.registry):
            path.mkdir(parents=True, exist_ok=True)
        self._call = {}

    def note(self, arguments):
        self._call = {"arguments": arguments, "directory": os.getcwd(), "input": 0}
        self._write()

    def read_input(self):
        """Standard input, to its end; how much it was is noted, and what it was is not."""
        data = sys.stdin.buffer.read()
        self._call["input"] = len(data)
        self._write()
        return data

    def _write(self):
        """The last line is that of this call, which may have been written before it had read anything."""
        with open(self.root / "calls", "a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            lines = file.read().splitlines()
            if self._call.get("line") is None:
                self._call["line"] = len(lines)
                lines.append("")
            shown = {name: value for name, value in self._call.items() if name != "line"}
            lines[self._call["line"]] = json.dumps(shown)
            file.truncate(0)
            file.write("".join(f"{line}\n" for line in lines))

    def misbehave(self, name):
        slow, once, always = (self.root / f"{what}-{name}" for what in ("slow", "fail-once", "fail"))
        if slow.exists():
            time.sleep(float(slow.read_text()))
        for path in (once, always):
            if path.exists():
                message = path.read_text().rstrip("\n")
                if path is once:
                    path.unlink()
                raise Failed(message)

    # ---- images: a directory of the id's name with config.json and root/; tags are files with an id

    def _tag_file(self, reference):
        return self.images / "tags" / str(reference).replace("/", "%")

    def tag(self, reference, identity):
        path = self._tag_file(reference)
        path.parent.mkdir(exist_ok=True)
        path.write_text(identity)

    def find(self, text):
        """The id of an image by a reference or an id, or None."""
        if re.fullmatch(r"(sha256:)?[0-9a-f]{12,64}", text):
            wanted = text.removeprefix("sha256:")
            return next((path.name for path in self.images.iterdir() if path.name.startswith(wanted)), None)
        path = self._tag_file(Reference(text))
        return path.read_text() if path.exists() else None

    # ---- what registries know of who asks: config.json has it in base64, as the real one does without a helper

    def _config_file(self):
        return pathlib.Path(self.config) / "config.json"

    def credentials(self):
        path = self._config_file()
        return json.loads(path.read_text()).get("auths", {}) if path.exists() else {}

    def keep_credentials(self, server, user, password):
        auths = self.credentials()
        auths[server] = {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}
        self._write_config(auths)

    def drop_credentials(self, server):
        auths = self.credentials()
        dropped = auths.pop(server, None)
        self._write_config(auths)
        return dropped is not None

    def _write_config(self, auths):
        path = self._config_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"auths": auths}))
        path.chmod(0o600)

    def is_right(self, user, password, server):
        """Whether a registry takes it: ECR wants AWS for a name, all want what the file `password` says."""
        wanted = self.registry / "password"
        if ".dkr.ecr." in server and user != "AWS":
            return False
        return bool(password) and (not wanted.exists() or wanted.read_text().strip() == password)

    def check_may(self, reference, what):
        """Raises unless who has logged in there may. Docker Hub lets everybody pull."""
        server = HUB if reference.host == "docker.io" else reference.host
        if server == HUB and what == "pull":
            return
        held = self.credentials().get(server)
        if held is None:
            if server == HUB:
                raise Failed("denied: requested access to the resource is denied")
            raise Failed("no basic auth credentials")
        user, _, password = base64.b64decode(held["auth"]).decode().partition(":")
        if not self.is_right(user, password, server):
            raise Failed("denied: Your authorization token has expired. Reauthenticate and try again.")

    def shelf(self, reference):
        """Where the registry has an image's bytes."""
        return self.registry / reference.host / reference.path / reference.tag
