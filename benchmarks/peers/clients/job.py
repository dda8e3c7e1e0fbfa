"""What a measured program is asked to do: PROGRAM OPERATION name=value…, as benchmarks/peers/job.h has it."""
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat


class Job:
    scheme, port, ca, size, count, in_flight, file = "http", 0, "", 0, 1, 1, ""

    def __init__(self, arguments):
        self.operation = arguments[0]
        for argument in arguments[1:]:
            name, value = argument.split("=", 1)
            setattr(self, name, value if name in ("scheme", "ca", "file", "server") else int(value))
        self.endpoint = f"{self.scheme}://127.0.0.1:{self.port}"
        self.key = f"size-{self.size}/object"
        self.prefix = f"size-{self.size}/count-{self.count}/"
        self.body = b"b" * self.size if self.operation == "small_put" else b""

    def small_key(self, index):
        return f"size-{self.size}/{index:08}"

    def for_each(self, task):
        """`task(index)` once each, `in_flight` at a time."""
        if self.in_flight == 1:
            for index in range(self.count):
                task(index)
            return
        with ThreadPoolExecutor(self.in_flight) as pool:
            chunk = self.count // self.in_flight + 1
            parts = [range(first, min(self.count, first + chunk)) for first in range(0, self.count, chunk)]
            list(pool.map(lambda part, one: [one(index) for index in part], parts, repeat(task)))


def run(operations):
    """`operations` makes them by name from the job: what it does before is the start."""
    job = Job(sys.argv[1:])
    chosen = operations(job)
    if job.operation != "start":
        chosen[job.operation]()
