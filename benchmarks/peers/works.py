"""What is measured, and what it must reach."""
from dataclasses import dataclass, field

GIB = 1 << 30


@dataclass(frozen=True)
class Sizes:
    large: int = GIB
    small: int = 10_000
    keys: int = 100_000
    rounds: int = 3


FULL = Sizes()
QUICK = Sizes(large=GIB // 8, small=1_000, keys=20_000)
TINY = Sizes(large=20 << 20, small=20, keys=2_000, rounds=1)


@dataclass(frozen=True)
class Work:
    name: str
    operation: str
    what: str
    job: dict = field(default_factory=dict)
    network: str = "near"  # near, tls, or far: through the delaying proxy, where wall time counts.

    def arguments(self, sizes):
        """Name and value of what a measured program is told."""
        small = self.operation.startswith("small")
        count = sizes.small if small else sizes.keys if self.operation == "list" else 1
        size = 4096 if small or self.operation == "list" else sizes.large
        return {"size": size, "count": count, "in_flight": 1, **self.job}


FAR_IN_FLIGHT = 64

WORKS = [
    Work("get_stream", "get_stream", "one object, read and dropped piece by piece"),
    Work("get_memory", "get_memory", "one object into memory"),
    Work("get_file", "get_file", "one object into a new file"),
    Work("put_file", "put_file", "a file to a server like AWS, with a checksum where the client has one"),
    Work("put_generic", "put_file", "the same with default settings for any S3 server", {"server": "generic"}),
    Work("small_get_1", "small_get", "4 KiB objects, 1 in flight"),
    Work("small_get_16", "small_get", "4 KiB objects, 16 in flight", {"in_flight": 16}),
    Work("small_put_1", "small_put", "4 KiB objects, 1 in flight"),
    Work("small_put_16", "small_put", "4 KiB objects, 16 in flight", {"in_flight": 16}),
    Work("backup", "small_backup", "a prefix of 4 KiB objects into a new directory, 16 in flight", {"in_flight": 16}),
    Work("list", "list", "all keys of a large bucket"),
    Work("tls_get", "get_stream", "get_stream by https", network="tls"),
    Work("tls_put", "put_file", "put_file by https", network="tls"),
    Work("far_get", "get_file", "get_file at 30 ms", network="far"),
    Work("far_put", "put_file", "put_file at 30 ms", network="far"),
    Work("far_small_get", "small_get", "4 KiB objects at 30 ms, 64 in flight", {"in_flight": FAR_IN_FLIGHT}, network="far"),
    Work("far_small_put", "small_put", "4 KiB objects at 30 ms, 64 in flight", {"in_flight": FAR_IN_FLIGHT}, network="far"),
    Work("far_list", "list", "list at 30 ms", network="far"),
]

SDKS = ("awscrt", "boto3", "obstore", "arrow")


@dataclass(frozen=True)
class Goal:
    work: str
    tool: str
    other: str
    most: float
    of: str = "cpu"


def _goals():
    yield Goal("get_stream", "cloudkit", "floor", 1.4)
    yield Goal("get_stream", "cloudkit", "libs3", 1.0)
    yield Goal("get_file", "cloudkit-1", "floor", 1.2)
    yield Goal("get_file", "cloudkit", "floor", 1.4)
    yield Goal("put_file", "cloudkit-1", "floor", 1.2)
    yield Goal("put_file", "cloudkit", "floor", 1.2)
    yield Goal("put_file", "cloudkit", "awscrt", 0.45)
    yield Goal("put_file", "cloudkit", "libs3", 1.0)
    for work in ("small_get_1", "small_get_16", "small_put_1", "small_put_16"):
        yield Goal(work, "cloudkit", "libcurl", 1.2)
        for sdk in SDKS:
            yield Goal(work, "cloudkit", sdk, 0.5)
    yield Goal("backup", "cloudkit", "awscli", 0.5, "wall")
    for other in ("rclone", "s5cmd"):
        yield Goal("backup", "cloudkit", other, 1.0)
    yield Goal("list", "cloudkit", "libs3", 0.15)
    for sdk in SDKS:
        yield Goal("list", "cloudkit", sdk, 0.1)
    yield Goal("tls_get", "cloudkit", "floor", 1.2)
    for work in ("far_get", "far_put"):
        for other in ("awscrt", "s5cmd"):
            yield Goal(work, "cloudkit", other, 1.1, "wall")
    yield Goal("far_small_put", "cloudkit", "s5cmd", 1.0, "wall")
    yield Goal("far_list", "cloudkit", "s5cmd", 0.5, "wall")


GOALS = list(_goals())
