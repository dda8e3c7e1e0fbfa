"""The pipelines of examples/backup are what their forges take, and do what they say, on a directory as the bucket.

pipelines.py CLOUDKIT. Exits with 77 where the schemas of the forges are not installed.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import check_jsonschema  # noqa: F401
    import yaml
except ImportError:
    print("skipped: no check-jsonschema (scripts/setup servers)")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
PIPELINES = ROOT / "examples/backup/pipelines"
SCHEMAS = {PIPELINES / "gitlab-ci.yml": "vendor.gitlab-ci", PIPELINES / "circleci.yml": "vendor.circle-ci",
           PIPELINES / "github.yml": "vendor.github-workflows", ROOT / ".github/workflows/check.yml": "vendor.github-workflows"}
DOES = ["backup", "verify", "prune"]


def is_taken(path, schema):
    run = subprocess.run([sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, path],
                         capture_output=True, text=True)
    return run.returncode == 0, run.stdout + run.stderr


def commands(value):
    """The lines of a pipeline that call the program."""
    if isinstance(value, dict):
        return [line for item in value.values() for line in commands(item)]
    if isinstance(value, list):
        return [line for item in value for line in commands(item)]
    return [value] if isinstance(value, str) and value.startswith("cloudkit ") else []


def commands_of(path):
    text = path.read_text(encoding="utf-8")
    return re.findall(r"sh '(cloudkit [^']*)'", text) if path.name == "Jenkinsfile" else commands(yaml.safe_load(text))


def removal_of(job):
    """What is run at the end of a job, also of one that failed. GitHub empties RUNNER_TEMP by itself."""
    always = [step["run"]["command"] for step in job.get("steps", []) if isinstance(step.get("run"), dict)
              and step["run"].get("when") == "always"]
    return "\n".join(job.get("after_script", always))


def token_problem(path):
    """Of a pipeline whose steps write a token: it is in the job's own place, nobody else reads it, and it does not stay."""
    pipeline = yaml.safe_load(path.read_text(encoding="utf-8"))
    job = pipeline.get("jobs", pipeline)["backup"]
    steps = [step if isinstance(step, str) else step["run"] for step in job.get("steps", job.get("script"))]
    step = next(step for step in steps if "aws-token" in str(step) or "TOKEN_FILE" in str(step))
    with tempfile.TemporaryDirectory() as directory:
        place = pathlib.Path(directory)
        # What the service would say, and what is taken of it, which is read: else curl may fail to write.
        for program, reads, says in (("curl", "", "{}"), ("jq", "cat >/dev/null\n", "a token")):
            (place / program).write_text(f"#!/bin/sh\n{reads}echo '{says}'\n")
            (place / program).chmod(0o755)
        given = next(job[name] for name in ("env", "environment", "variables") if name in job)
        variables = {**{name: value.replace("$CI_PROJECT_DIR", directory) for name, value in given.items()},
                     "AWS_TOKEN": "a token", "CIRCLE_OIDC_TOKEN_V2": "a token",
                     "RUNNER_TEMP": directory, "GITHUB_ENV": f"{directory}/env", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "",
                     "ACTIONS_ID_TOKEN_REQUEST_URL": ""}
        path_of_programs = {"PATH": f"{directory}:{os.environ['PATH']}"}
        done = subprocess.run(["bash", "-eo", "pipefail", "-c", step], cwd=place, umask=0o022, capture_output=True, text=True,
                              env={**variables, **path_of_programs})
        if (place / "env").exists():
            variables.update(line.split("=", 1) for line in (place / "env").read_text().splitlines())
        token = place / variables["AWS_WEB_IDENTITY_TOKEN_FILE"]
        if done.returncode != 0 or token.parent != place or token.read_text().strip() != "a token":
            return f"the token is not in the job's own place: {token}: {done.stderr}"
        if token.stat().st_mode & 0o077:
            return "others read the token"
        subprocess.run(["bash", "-ec", removal_of(job)], cwd=place, env={**variables, **path_of_programs}, check=True)
        return "the token stays when the job is over" if token.exists() and "RUNNER_TEMP" not in step else ""


def run(path, cloudkit):
    with tempfile.TemporaryDirectory() as directory:
        place = pathlib.Path(directory)
        (place / "reports").mkdir()
        (place / "reports/a.txt").write_text("all is well")
        for line in commands_of(path):
            here = line.replace("s3://reports", f"file://{place}/reports").replace("/backups/", f"{place}/backups/")
            done = subprocess.run(["sh", "-c", here.replace("cloudkit ", f"{cloudkit} ", 1)], capture_output=True, text=True)
            if done.returncode != 0:
                return f"{line}: {done.stderr}"
        kept = (place / "backups/reports/latest/a.txt").read_text()
        return "" if kept == "all is well" else "the backup lacks the object"


problems = []
for path, schema in SCHEMAS.items():
    taken, why = is_taken(path, schema)
    if not taken:
        problems.append(f"{path.name}: {why}")
for path in sorted(PIPELINES.iterdir()):
    if re.search(r"^\s*(image|container|docker)\b", path.read_text(encoding="utf-8"), re.MULTILINE):
        problems.append(f"{path.name}: the backups would end with the job's container")
    if [line.split()[1] for line in commands_of(path)] != DOES:
        problems.append(f"{path.name}: it does not {', '.join(DOES)}")
    elif problem := run(path, sys.argv[1]):
        problems.append(f"{path.name}: {problem}")
for name in ("circleci.yml", "github.yml", "gitlab-ci.yml"):
    if problem := token_problem(PIPELINES / name):
        problems.append(f"{name}: {problem}")
with tempfile.NamedTemporaryFile("w", suffix=".yml") as wrong:
    wrong.write("jobs: {check: {runs-on: 7, steps: none}}\n")
    wrong.flush()
    if is_taken(wrong.name, "vendor.github-workflows")[0]:
        problems.append("a wrong workflow is taken: the schema has no teeth")
print(*problems, sep="\n", end="\n" if problems else "")
print(f"pipelines: {len(SCHEMAS)} files against their schemas, {len(list(PIPELINES.iterdir()))} run")
sys.exit(1 if problems else 0)
