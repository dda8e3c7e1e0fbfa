"""The measured clients: how each is started for a job, and which version it is."""
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PLACE = ROOT / "build" / "peers"
PYTHON = PLACE / "venv" / "bin" / "python"

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.upper().startswith("AWS_") and "PROXY" not in name.upper()},
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "cktest-peers-1",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": str(PLACE / "none"),
    "AWS_SHARED_CREDENTIALS_FILE": str(PLACE / "none"),
}


class NotHere(Exception):
    """Why a client, or one of its operations, cannot be measured."""


@dataclass
class Job:
    """One run of one client. `file` is the large file, `directory` one of small ones."""
    operation: str
    scheme: str
    port: int
    ca: str
    file: Path
    directory: Path
    arguments: dict

    @property
    def endpoint(self):
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def words(self):
        named = {"scheme": self.scheme, "port": self.port, "file": self.file, "directory": self.directory, **self.arguments}
        if self.scheme == "https":
            named["ca"] = self.ca
        return [self.operation, *(f"{name}={value}" for name, value in named.items())]

    @property
    def key(self):
        return f"size-{self.arguments['size']}/object"

    @property
    def prefix(self):
        return f"size-{self.arguments['size']}/count-{self.arguments['count']}"


def output_of(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True, env=ENVIRONMENT).stdout


class Program:
    """One of ours, in C++."""

    def __init__(self, name, program, binaries, version, lacks=(), **settings):
        self.name, self.path, self._version, self.lacks, self.settings = name, binaries / program, version, lacks, settings

    def version(self):
        if not self.path.exists():
            raise NotHere(reason_of(self.name) or f"{self.path.name} was not built")
        return self._version()

    def command(self, job):
        if job.operation in self.lacks:
            raise NotHere("has no such operation")
        if job.scheme == "https" and "tls" in self.lacks:
            raise NotHere("takes no certificate of one's own")
        return [self.path, *job.words(), *(f"{name}={value}" for name, value in self.settings.items())]


class Script:
    """A Python library, by a script of ours in clients/."""

    def __init__(self, name, script, packages, lacks=()):
        self.name, self.path, self.packages, self.lacks = name, HERE / "clients" / script, packages, lacks

    def version(self):
        wanted = ", ".join(f"'{package}'" for package in self.packages)
        try:
            found = output_of(PYTHON, "-c", f"from importlib.metadata import version\nprint(*map(version, [{wanted}]))")
        except (OSError, subprocess.CalledProcessError):
            raise NotHere(reason_of(self.name) or "not installed: scripts/setup peers") from None
        return "/".join(found.split())

    def command(self, job):
        if job.operation in self.lacks:
            raise NotHere("has no such operation")
        words = [word for word in job.words() if not word.startswith(("server=", "workers=", "directory="))]
        return [PYTHON, self.path, *words]


class S5cmd:
    name = "s5cmd"
    path = PYTHON.parent / "s5cmd"

    def version(self):
        if not self.path.exists():
            raise NotHere(reason_of(self.name) or "not installed: scripts/setup peers")
        return output_of(self.path, "version").strip()

    def command(self, job):
        if job.operation == "start":
            return [self.path, "version"]
        base = [self.path, "--endpoint-url", job.endpoint, "--no-verify-ssl", "--log", "error"]
        if job.operation.startswith("small"):
            base += ["--numworkers", job.arguments["in_flight"]]
        url, prefix = f"s3://bench/{job.key}", f"s3://bench/{job.prefix}"
        commands = {
            "get_stream": ["cat", url],
            "get_file": ["cp", url, job.file],
            "put_file": ["cp", job.file, url],
            "small_get": ["cp", f"{prefix}/*", f"{job.directory}/"],
            "small_backup": ["sync", f"{prefix}/*", f"{job.directory}/"],
            "small_put": ["cp", f"{job.directory}/", f"s3://bench/size-{job.arguments['size']}/"],
            "list": ["ls", f"{prefix}/*"],
        }
        return base + chosen(commands, job)


class Rclone:
    name = "rclone"

    def __init__(self):
        own = PLACE / "bin" / "rclone"
        self.path = own if own.exists() else Path("/usr/bin/rclone")

    def version(self):
        if not self.path.exists():
            raise NotHere(reason_of(self.name) or "not installed: scripts/setup peers")
        return output_of(self.path, "version", "--config", "").split()[1]

    def command(self, job):
        if job.operation == "start":
            return [self.path, "version", "--config", ""]
        remote = (f":s3,provider=Other,access_key_id=AKIDEXAMPLE,secret_access_key=cktest-peers-1,region=us-east-1,"
                  f"no_check_bucket=true,endpoint='{job.endpoint}':bench/")
        many = job.arguments["in_flight"]
        options = ["--config", "", "--ignore-times", "--transfers", many, "--checkers", many]
        commands = {
            "get_stream": ["cat", remote + job.key],
            "get_file": ["copyto", remote + job.key, job.file],
            "put_file": ["copyto", job.file, remote + job.key],
            "small_get": ["copy", remote + job.prefix, job.directory],
            "small_backup": ["sync", remote + job.prefix, job.directory],
            "small_put": ["copy", "--no-traverse", job.directory, f"{remote}size-{job.arguments['size']}"],
            "list": ["lsf", "-R", "--files-only", remote + job.prefix],
        }
        if job.scheme == "https":
            options += ["--ca-cert", job.ca]
        return [self.path, *chosen(commands, job), *(options if job.operation.startswith("small") else options[:3] + options[7:])]


class AwsCli:
    """The one that is on the PATH."""

    name = "awscli"
    path = shutil.which("aws")

    def version(self):
        if not self.path:
            raise NotHere("not on the PATH")
        return output_of(self.path, "--version").split()[0].partition("/")[2]

    def command(self, job):
        if job.operation == "start":
            return [self.path, "--version"]
        commands = {"small_backup": ["sync", "--only-show-errors", f"s3://bench/{job.prefix}", job.directory]}
        return [self.path, "--endpoint-url", job.endpoint, "s3", *chosen(commands, job)]


def chosen(commands, job):
    if job.operation not in commands:
        raise NotHere("has no such operation")
    return commands[job.operation]


def reason_of(name):
    """What the installation wrote when it could not."""
    path = PLACE / "missing" / name
    return path.read_text().strip() if path.exists() else ""


def debian_version(package):
    try:
        return output_of("dpkg-query", "-W", "-f", "${Version}", package)
    except (OSError, subprocess.CalledProcessError):
        return "?"


def own_version():
    try:
        return output_of("git", "-C", ROOT, "rev-parse", "--short", "HEAD").strip()
    except (OSError, subprocess.CalledProcessError):
        return "?"


def all_tools(binaries):
    return [
        Program("floor", "peers_floor", binaries, lambda: "-"),
        Program("libcurl", "peers_libcurl", binaries, lambda: output_of("curl-config", "--version").split()[-1], lacks=("list", "small_backup")),
        Program("cloudkit", "peers_cloudkit", binaries, own_version),
        Program("cloudkit-1", "peers_cloudkit", binaries, own_version, workers=1,
                lacks=("get_stream", "get_memory", "small_get", "small_put", "small_backup", "list")),
        Program("libs3", "peers_libs3", binaries, lambda: debian_version("libs3-dev"), lacks=("tls", "small_backup")),
        Script("awscrt", "crt_client.py", ["awscrt"], lacks=("list", "small_backup")),
        Script("boto3", "boto3_client.py", ["boto3", "s3transfer"], lacks=("small_backup",)),
        Script("obstore", "obstore_client.py", ["obstore"], lacks=("small_backup",)),
        Script("arrow", "arrow_client.py", ["pyarrow"], lacks=("small_backup",)),
        S5cmd(),
        Rclone(),
        AwsCli(),
    ]


if __name__ == "__main__":
    sys.exit("run benchmarks/peers/run")
