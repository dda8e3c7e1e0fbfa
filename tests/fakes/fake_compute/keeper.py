"""Keeps what a machine runs: a program of its own, so that nothing of a machine is left, however the fake ends.

python3 keeper.py RESULT SECONDS COMMAND…: runs the command, for so long at most (0: for ever), and stays as long as
anything that it has started runs, even what has detached itself. The file RESULT gets {"code": …, "late": …, "began": …,
"ended": …} when the command ends. At the end of its standard input, which nobody writes to, it ends everything.
"""

import ctypes
import json
import os
import select
import signal
import sys
import time

_PR_SET_CHILD_SUBREAPER = 36
_GRACE_SECONDS = 0.3  # Between SIGTERM and SIGKILL.


def _parents():
    """Of each process its parent."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                    state, parent = file.read().rpartition(")")[2].split()[:2]
                if state != "Z":
                    parents[int(name)] = int(parent)
            except OSError:
                pass  # It has ended.
    return parents


def _descendants():
    parents, found = _parents(), []
    wanted = [os.getpid()]
    while wanted:
        wanted = [child for child, parent in parents.items() if parent in wanted]
        found += wanted
    return found


def _signal(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def _end_everything():
    """Until all are waited for, who come here when their parents end: only then are their sockets closed for certain."""
    _signal(_descendants(), signal.SIGTERM)
    deadline = time.monotonic() + _GRACE_SECONDS
    while _reap(None)[1]:
        if time.monotonic() > deadline:
            _signal(_descendants(), signal.SIGKILL)
        time.sleep(0.005)


def _reap(wanted):
    """(the status of `wanted` if it has ended, whether there are children left)."""
    status = None
    while True:
        try:
            pid, found = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status, False
        if pid == 0:
            return status, True
        if pid == wanted:
            status = os.waitstatus_to_exitcode(found)


def _start(command):
    try:
        # Not subprocess, which waits for children of its own accord.
        return os.posix_spawnp(command[0], command, os.environ, setsid=True, setsigdef=[signal.SIGCHLD, signal.SIGPIPE],
                               file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)]), 0
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr, flush=True)
        return None, 127 if isinstance(error, FileNotFoundError) else 126


def main(result, seconds, command):
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    woken, waking = os.pipe()
    os.set_blocking(waking, False)
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    began, late = time.time(), False

    def report(code):
        with open(result + ".new", "w", encoding="utf-8") as file:
            json.dump({"code": code, "late": late, "began": began, "ended": time.time()}, file)
        os.rename(result + ".new", result)

    running, code = _start(command)
    if running is None:
        report(code)
        return
    deadline = time.monotonic() + seconds if seconds else None
    while True:
        status, any_left = _reap(running)
        if status is not None:
            report(status)
            running = None
        if not any_left:
            return
        wait = max(deadline - time.monotonic(), 0) if deadline and running and not late else None
        ready = select.select([0, woken], [], [], wait)[0]
        if 0 in ready:
            _end_everything()
            return
        if woken in ready:
            os.read(woken, 4096)
        elif not ready:
            late = True
            # All that it has started: a server that it should leave behind is not yet where it should be.
            _signal(_descendants(), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3:])
