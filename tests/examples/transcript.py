#!/usr/bin/env python3
"""Runs what a page of the guide shows: transcript.py PAGE BUILD

Every fence that is marked `console` is one shell's: `$ COMMAND`, and below it what the command says. `…` stands for any
text. BUILD is installed into dist/, beside examples/, where the page begins. Exits with 77 where no server is.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
DONE = "transcript: done"

# What the page says of a server, and where the test's is.
AS_PRINTED = {"http://127.0.0.1:9000": "CLOUDKIT_TEST_RADOSGW_URL", "my-key": "CLOUDKIT_TEST_RADOSGW_KEY",
              "my-secret": "CLOUDKIT_TEST_RADOSGW_SECRET"}


def steps(page):
    """(command, lines that it says)"""
    found = []
    for fence in FENCE.findall(page):
        for line in fence.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def matches(expected, said):
    pattern = ".*".join(re.escape(part) for part in expected.split("…"))
    return re.fullmatch(pattern, said) is not None


class Shell:
    def __init__(self, directory):
        paths = [str(ROOT / ".venv/bin"), os.environ["PATH"]]
        environment = {"PATH": ":".join(paths), "HOME": str(directory), "LC_ALL": "C.UTF-8", "AWS_EC2_METADATA_DISABLED": "true"}
        for name in ("CMAKE_CXX_COMPILER_LAUNCHER", "CXX", "TMPDIR"):
            if name in os.environ:
                environment[name] = os.environ[name]
        self.process = subprocess.Popen(["bash", "--norc"], cwd=directory, env=environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.run("set -m 2>/dev/null")  # Job control, as a user's shell has it.

    def run(self, command):
        self.process.stdin.write(f"{command}\nprintf '%s\\n' '{DONE}'\n")
        self.process.stdin.flush()
        said = []
        for line in self.process.stdout:
            if line.rstrip("\n").endswith(DONE):
                rest = line.rstrip("\n")[:-len(DONE)]
                return said + ([rest] if rest else [])
            said.append(line.rstrip("\n"))
        raise SystemExit(f"transcript: the shell ended at: {command}")


def main():
    page, build = pathlib.Path(sys.argv[1]), sys.argv[2]
    if "CLOUDKIT_TEST_RADOSGW_URL" not in os.environ:
        print("skipped: no radosgw")
        return 77
    with tempfile.TemporaryDirectory() as directory:
        place = pathlib.Path(directory)
        subprocess.run(["cmake", "--install", build, "--prefix", place / "dist"], check=True, stdout=subprocess.DEVNULL)
        (place / "examples").symlink_to(ROOT / "examples")
        shell = Shell(place)
        wrong = 0
        for command, expected in steps(page.read_text(encoding="utf-8")):
            real = command
            for printed, variable in AS_PRINTED.items():
                real = real.replace(printed, os.environ[variable])
            # $? of the last command is not that of the line that says it is done.
            said = shell.run("(exit $status)\n" + real + "\nstatus=$?")
            if len(said) != len(expected) or not all(map(matches, expected, said)):
                wrong += 1
                print(f"transcript: FAILED: {command}", *(f"  expected: {line}" for line in expected),
                      *(f"  said:     {line}" for line in said), sep="\n")
        shell.process.stdin.close()
        shell.process.wait()
    print(f"transcript: {len(steps(page.read_text(encoding='utf-8')))} commands, {wrong} wrong")
    return 1 if wrong else 0


sys.exit(main())
