"""What is inside a machine: a directory, and processes in it. They are root's or whoever's the fake is; nothing keeps them
in their directory but their own good will, since tests wrote them."""

import contextlib
import gzip
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import threading
import uuid
from dataclasses import dataclass

_KEEPER = pathlib.Path(__file__).with_name("keeper.py")
_HARMLESS = pathlib.Path(__file__).with_name("bin")
_END_SECONDS = 5
_KEPT = "/var/lib/cloudkit"
_BOOT_ID = "/proc/sys/kernel/random/boot_id"
# A script that some new process still has open for writing, by inheritance, cannot be run: "Text file busy".
_starting = threading.Lock()


class Run:
    """One script that runs, or has."""

    def __init__(self, machine, name, command, seconds=0, output=None, directory=None):
        self._result = machine.root / f"{name}.result"
        self._paths = output, output
        if output is None:
            self._paths = machine.root / f"{name}.out", machine.root / f"{name}.err"
        with _starting, open(self._paths[0], "ab") as out, open(self._paths[1], "ab") as err:
            self._keeper = subprocess.Popen(  # pylint: disable=consider-using-with
                [sys.executable, "-I", "-S", str(_KEEPER), str(self._result), str(seconds), *map(str, command)],
                stdin=subprocess.PIPE, stdout=out, stderr=err, cwd=directory or machine.files, env=machine.environment(),
                start_new_session=True)

    def result(self):
        """What keeper.py says of it; None while it runs."""
        with contextlib.suppress(FileNotFoundError):
            return json.loads(self._result.read_text(encoding="utf-8"))
        return None

    def texts(self):
        return [path.read_text(encoding="utf-8", errors="replace") for path in self._paths]

    def cut(self):
        """Its end, and that of all it has started; `wait` for it."""
        with contextlib.suppress(OSError):
            self._keeper.stdin.close()

    def wait(self):
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._keeper.wait(_END_SECONDS)

    def has_ended(self):
        """Whether nothing of it runs any more."""
        return self._keeper.poll() is not None


@dataclass
class Place:
    """Where machines have their files, and what programs they find beside those of this system."""
    directory: pathlib.Path
    path: tuple = ()


class Machine:
    def __init__(self, place, identity, user_data):
        self.root = place.directory / identity
        self.files = self.root / "fs"   # HOME, and where everything is run.
        self._console = self.root / "console.log"
        self._kept_console = b""
        self._user_data = gzip.decompress(user_data) if user_data.startswith(b"\x1f\x8b") else user_data
        self._runs = []
        self._path = place.path
        self.boots = 0

    def environment(self):
        """Nothing of the fake's own, and a PATH in which what would change this system is harmless."""
        path = os.pathsep.join([*map(str, self._path), str(_HARMLESS), os.environ["PATH"]])
        return {"PATH": path, "HOME": str(self.files), "LANG": "C.UTF-8", "USER": "root"}

    def boot(self):
        self.boots += 1
        boot_id = self.files / _BOOT_ID[1:]
        boot_id.parent.mkdir(parents=True, exist_ok=True)
        boot_id.write_text(f"{uuid.uuid4()}\n", encoding="ascii")
        with open(self._console, "ab") as console:
            console.write(f"[    0.000000] Linux version 6.1.0 (the fake's boot {self.boots})\r\n".encode())
        # "By default, user data […] run only during the boot cycle when you first launch an instance": user-data.html
        if self.boots == 1 and self._user_data.startswith(b"#!"):
            script = self._script("user-data", self._user_data)
            self._runs.append(Run(self, "user-data", [script], output=self._console))

    def _script(self, name, content):
        path = self.root / name
        # Of the kernel that all share there is one boot; the machine's own is below its directory, as is what CloudInit
        # keeps.
        for shared in (_BOOT_ID, _KEPT):
            content = content.replace(shared.encode(), str(self.files / shared[1:]).encode())
        with _starting:
            path.write_bytes(content)
        path.chmod(0o700)
        return path

    def run(self, name, script, seconds, directory=None):
        """As the agent does: `sh -c` of a file, so that a line `#!` at its beginning holds. The shell becomes the script,
        as Amazon Linux's does by itself: a signal that ends the script is what the agent sees."""
        path = self._script(f"{name}.sh", script.encode())
        for run in [run for run in self._runs if run.has_ended()]:
            run.cut()
            self._runs.remove(run)
        self._runs.append(run := Run(self, name, ["sh", "-c", f"exec {shlex.quote(str(path))}"], seconds,
                                     directory=self.files / directory if directory else None))
        return run

    def shut_down(self):
        for run in self._runs:
            run.cut()
        for run in self._runs:
            run.wait()
        self._runs = []

    def remove(self):
        self.shut_down()
        self._kept_console = self.console()
        shutil.rmtree(self.root, ignore_errors=True)

    def console(self):
        """"Up to 64 KB": instance-console.html"""
        with contextlib.suppress(FileNotFoundError):
            return self._console.read_bytes()[-64 * 1024:]
        return self._kept_console
