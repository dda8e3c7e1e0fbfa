"""What is stored. All of a container's changes happen under its lock."""

import bisect
import copy
import itertools
import threading
import time
from dataclasses import dataclass, field

from fake_s3.exchange import http_date

from .errors import BlobError

_etags = itertools.count(0x1DE2A0000000000)


def new_etag():
    return f"0x{next(_etags):X}"


def precise_time(seconds=None):
    """As snapshots and versions are named; no two are the same."""
    with _times:
        _last[0] = max(_last[0] + 1, int((seconds or time.time()) * 10**7))
        whole, part = divmod(_last[0], 10**7)
    return time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(whole)) + f"{part:07d}Z"


_times, _last = threading.Lock(), [0]


@dataclass
class Copy:
    id: str
    source: str
    size: int
    looks: int                        # How often it is pending yet.
    body: bytes = b""
    status: str = "pending"
    finished: float = 0

    def headers(self):
        done = len(self.body) if self.status == "success" else 0
        headers = {"x-ms-copy-id": self.id, "x-ms-copy-source": self.source, "x-ms-copy-status": self.status,
                   "x-ms-copy-progress": f"{done}/{self.size}"}
        return {**headers, "x-ms-copy-completion-time": http_date(self.finished)} if self.finished else headers


@dataclass
class Blob:
    name: str
    body: bytes = b""
    headers: dict = field(default_factory=dict)     # Content-Type and the like, Content-MD5 among them.
    metadata: dict = field(default_factory=dict)
    tags: dict = field(default_factory=dict)
    tier: str = ""                                  # Empty: Hot, inferred.
    archive_status: str = ""
    blocks: list = field(default_factory=list)      # (id, size), as they were committed.
    etag: str = ""
    created: float = 0
    modified: float = 0
    version: str = ""
    snapshot: str = ""
    copy: Copy = None

    def touch(self):
        self.etag = new_etag()
        self.modified = time.time()

    def tokens(self):
        return {"ETag": f'"{self.etag}"', "Last-Modified": http_date(self.modified)}


@dataclass
class Lease:
    id: str
    seconds: int                       # -1: for ever.
    until: float
    broken: float = 0                  # When a break ends it; 0: not broken.

    def holds(self, now):
        if self.broken:
            return now < self.broken
        return self.seconds < 0 or now < self.until


class Container:
    def __init__(self, name, metadata, public):
        self.name, self.metadata, self.public = name, metadata, public
        self.lock = threading.RLock()
        self.etag, self.modified = new_etag(), time.time()
        self.blobs = {}        # By name.
        self.snapshots = {}    # Lists by name, oldest first.
        self.versions = {}     # That are not current.
        self.deleted = {}      # Softly.
        self.uncommitted = {}  # By name: {block id: bytes}
        self.leases = {}
        self._names = []       # Sorted, of all of these.

    def tokens(self):
        return {"ETag": f'"{self.etag}"', "Last-Modified": http_date(self.modified)}

    def names_from(self, start):
        return self._names[bisect.bisect_left(self._names, start):]

    def note(self, name):
        """That there is something of this name, or nothing any more."""
        exists = any(name in place for place in (self.blobs, self.snapshots, self.versions, self.deleted,
                                                 self.uncommitted))
        at = bisect.bisect_left(self._names, name)
        known = at < len(self._names) and self._names[at] == name
        if exists and not known:
            self._names.insert(at, name)
        elif known and not exists:
            del self._names[at]

    def publish(self, blob, versioning):
        """In the place of what was there; blocks that wait are gone."""
        old = self.blobs.get(blob.name)
        blob.touch()
        blob.created = old.created if old else blob.modified
        self.keep_version(old, versioning)
        blob.version = precise_time() if versioning else ""
        self.blobs[blob.name] = blob
        self.uncommitted.pop(blob.name, None)
        self.deleted.pop(blob.name, None)
        self.note(blob.name)

    def keep_version(self, old, versioning):
        if old and versioning and old.version:
            self.versions.setdefault(old.name, []).append(old)

    def snapshot(self, blob, metadata):
        kept = copy.copy(blob)
        kept.snapshot = precise_time()
        if metadata:
            kept.metadata = metadata
        self.snapshots.setdefault(blob.name, []).append(kept)
        return kept

    def remove(self, name, soft, versioning):
        blob = self.blobs.pop(name)
        self.leases.pop(name, None)
        self.uncommitted.pop(name, None)
        self.keep_version(blob, versioning)
        if soft and not versioning:
            self.deleted[name] = blob
        self.note(name)


class Account:
    def __init__(self, name, key):
        self.name, self.key = name, key
        self.lock = threading.Lock()
        self.containers = {}
        self.leaving = {}      # Names that are not free yet, and until when.

    def create(self, name, metadata, public, now):
        with self.lock:
            if self.leaving.get(name, 0) > now:
                raise BlobError("ContainerBeingDeleted")
            if name in self.containers:
                raise BlobError("ContainerAlreadyExists")
            self.containers[name] = Container(name, metadata, public)
            return self.containers[name]

    def get(self, name):
        container = self.containers.get(name)
        if container is None:
            raise BlobError("ContainerNotFound")
        return container

    def delete(self, container, until):
        with self.lock:
            self.containers.pop(container.name, None)
            self.leaving[container.name] = until

    def all(self):
        with self.lock:
            return sorted(self.containers.values(), key=lambda container: container.name)
