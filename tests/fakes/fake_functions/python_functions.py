"""Runs functions of Python: a process for each invocation, as if Lambda never found a warm one."""

import contextlib
import io
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

from .outcome import Outcome, of_sandbox, timeout

_CHILD = pathlib.Path(__file__).with_name("python_child.py")
_INIT_SECONDS = 10  # dg/lambda-runtime-environment.html; the function's timeout is that of its invocation alone.


def run(version, payload, context):
    with tempfile.TemporaryDirectory(prefix="cloudkit-function-") as directory:
        root = pathlib.Path(directory)
        with zipfile.ZipFile(io.BytesIO(version.code)) as code:
            code.extractall(root / "task")
        status, is_late = _run_child(root, version, payload, context)
        printed = (root / "printed").read_text(encoding="utf-8", errors="replace")
        if is_late:
            return timeout(version.config, context, printed)
        if status:
            reason = f"signal: {signal.strsignal(-status).lower()}" if status < 0 else f"exit status {status}"
            return of_sandbox("Runtime.ExitError", f"Runtime exited with error: {reason}", context, printed)
        if not (root / "reply").exists():
            return of_sandbox("Runtime.ExitError", "Runtime exited without providing a reason", context, printed)
        said = json.loads((root / "reply").read_text(encoding="utf-8"))
    return Outcome(said["payload"].encode(), "Unhandled" if said["failed"] else "", printed)


def _environment(root, version, context):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html; and nothing of this process's own."""
    config, (region, name) = version.config, (context.invoked_function_arn.split(":")[3], context.function_name)
    return {"PATH": os.environ["PATH"], "LANG": "en_US.UTF-8", "TZ": ":UTC", "LAMBDA_TASK_ROOT": str(root / "task"),
            "_HANDLER": config["Handler"], "AWS_REGION": region, "AWS_DEFAULT_REGION": region,
            "AWS_EXECUTION_ENV": "AWS_Lambda_" + config["Runtime"], "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config["MemorySize"]),
            "AWS_LAMBDA_FUNCTION_VERSION": version.number, "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}", **config.get("Environment", {}).get("Variables", {})}


@contextlib.contextmanager
def _ended_after(child, seconds):
    is_late = threading.Event()

    def end():
        is_late.set()
        os.killpg(child.pid, signal.SIGKILL)

    timer = threading.Timer(seconds, end)
    timer.start()
    try:
        yield is_late
    finally:
        timer.cancel()
        timer.join()


def _run_child(root, version, payload, context):
    """(exit status, whether it took too long)."""
    ready, telling = os.pipe()
    command = [sys.executable, "-I", "-u", "-X", "utf8", str(_CHILD), str(root / "reply"), str(telling)]
    with open(root / "printed", "wb") as printed:
        child = subprocess.Popen(command, cwd=root / "task", env=_environment(root, version, context),  # pylint: disable=consider-using-with
                                 stdin=subprocess.PIPE, stdout=printed, stderr=subprocess.STDOUT, pass_fds=(telling,),
                                 start_new_session=True)
    os.close(telling)
    with _ended_after(child, _INIT_SECONDS) as late_init:
        os.read(ready, 1)
    os.close(ready)
    context.deadline = time.time() + version.config["Timeout"]
    with _ended_after(child, version.config["Timeout"]) as late:
        with contextlib.suppress(BrokenPipeError), child.stdin:
            child.stdin.write(json.dumps({"event": json.loads(payload), "context": vars(context)}).encode())
        # It stays a zombie, so that nobody else's process is killed in its place.
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    os.killpg(child.pid, signal.SIGKILL)  # What it has started and left.
    return child.wait(), late_init.is_set() or late.is_set()
