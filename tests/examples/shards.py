#!/usr/bin/env python3
"""shards.py CLOUDKIT: that the Kubernetes manifest and the Slurm array of examples/backup do what they say.

The manifest is held against the schema of Kubernetes, and the commands of both are run, as their schedulers run them,
one task of each killed and begun again."""

import copy
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
try:
    import jsonschema
    import yaml
except ImportError as error:
    print(f"  skipped: examples_shards: {error}")
    sys.exit(77)

OBJECTS = 400


def check_manifest(manifest):
    schema = json.loads((ROOT / "tests/data/kubernetes/cronjob-v1.31.0.json").read_text())
    validator = jsonschema.Draft7Validator(schema)
    validator.validate(manifest)
    # A schema that takes anything would prove nothing.
    for path, value in ((("jobTemplate", "spec", "completions"), "16"), (("jobTemplate", "spec", "completion"), 16),
                        (("jobTemplate", "spec", "template", "spec", "containers"), [{}])):
        wrong = copy.deepcopy(manifest)
        at = wrong["spec"]
        for name in path[:-1]:
            at = at[name]
        at[path[-1]] = value
        assert not validator.is_valid(wrong), path


class Place:
    """A bucket of some objects, and one for backups, as directories."""

    def __init__(self, program, directory):
        self.program = program
        self.bin = directory / "bin"
        self.bin.mkdir(parents=True)
        (self.bin / "cloudkit").symlink_to(program)
        self.source, self.target = directory / "from", directory / "to"
        for number in range(OBJECTS):
            path = self.source / f"d{number % 9}" / f"k{number}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"bytes of {number}")
        self.target.mkdir()
        self.variables = {"PATH": f"{self.bin}:/usr/bin:/bin", "HOME": str(directory), "TMPDIR": str(directory),
                          "FROM": f"file://{self.source}", "TO": f"file://{self.target}"}

    def start(self, command, variables):
        return subprocess.Popen(command, env={**self.variables, **variables}, stdout=subprocess.DEVNULL)

    def run_all(self, tasks):
        """(command, variables) of each: at once, one killed and begun again."""
        running = [self.start(*task) for task in tasks]
        running[3].send_signal(signal.SIGKILL)
        running[3].wait()
        running[3] = self.start(*tasks[3])
        codes = [process.wait() for process in running]
        assert codes == [0] * len(tasks), codes

    def check(self):
        def run(*words):
            return subprocess.run([self.program, *words], env=self.variables, check=True, capture_output=True, text=True)

        verified = run("verify", self.variables["TO"]).stdout
        assert f"{OBJECTS} objects" in verified, verified
        back = self.target.parent / "back"
        run("restore", self.variables["TO"], f"file://{back}")
        assert {p.relative_to(self.source): p.read_text() for p in self.source.rglob("k*")} == {
            p.relative_to(back): p.read_text() for p in back.rglob("k*")}


def kubernetes_tasks(manifest):
    job = manifest["spec"]["jobTemplate"]["spec"]
    container = job["template"]["spec"]["containers"][0]
    fixed = {item["name"]: item["value"] for item in container["env"] if "value" in item and item["name"] == "SHARDS"}
    assert int(fixed["SHARDS"]) == job["completions"]
    for index in range(job["completions"]):
        yield container["command"] + container["args"], {**fixed, "RUN": "5f0c2a3e-uid", "JOB_COMPLETION_INDEX": str(index)}


def slurm_tasks(script):
    first, last = next(line for line in script.read_text().splitlines()
                       if line.startswith("#SBATCH --array=")).partition("=")[2].split("-")
    for task in range(int(first), int(last) + 1):
        yield ["bash", str(script)], {"SLURM_ARRAY_TASK_ID": str(task), "SLURM_ARRAY_TASK_MAX": last,
                                      "SLURM_ARRAY_JOB_ID": "4711"}


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    manifest = yaml.safe_load((ROOT / "examples/backup/k8s/backup.yaml").read_text())
    check_manifest(manifest)
    with tempfile.TemporaryDirectory() as directory:
        for name, tasks in (("k8s", kubernetes_tasks(manifest)),
                            ("slurm", slurm_tasks(ROOT / "examples/backup/slurm/backup.sbatch"))):
            place = Place(program, pathlib.Path(directory) / name)
            place.run_all(list(tasks))
            place.check()
            print(f"{name}: whole")


main()
