"""One run of a program: its own CPU time, wall time and memory, and nobody else's."""
import os
import signal
import subprocess
from dataclasses import dataclass
from statistics import median

LONGEST = 900


@dataclass
class Sample:
    cpu: float
    wall: float
    peak_mib: float

    def without(self, start):
        return Sample(max(self.cpu - start.cpu, 1e-4), max(self.wall - start.wall, 1e-4), self.peak_mib)


def middle(samples, of=median):
    return Sample(*(of(getattr(one, name) for one in samples) for name in ("cpu", "wall", "peak_mib")))


def least(samples):
    return middle(samples, min)


def run(launcher, command, environment, place):
    """Raises RuntimeError with the program's last words where it failed."""
    used = place / "used"
    with open(place / "errors", "w+b") as log:
        process = subprocess.Popen([str(word) for word in (launcher, used, *command)], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=log, env=environment, start_new_session=True)
        try:
            code = process.wait(LONGEST)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        if code != 0:
            log.seek(0)
            raise RuntimeError(f"exit {code}: {' '.join(log.read().decode(errors='replace').split())[-300:] or 'no message'}")
    cpu, wall, peak = used.read_text().split()
    return Sample(float(cpu), float(wall), int(peak) / 1024)


class Service:
    """A program of ours that prints its ports and runs until its input ends."""

    def __init__(self, *command):
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{command[0]} did not start")
        self.ports = [int(word) for word in line.split()]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=10)
