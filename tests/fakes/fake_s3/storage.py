"""What is stored: buckets, and of each key its versions. All of a bucket's changes happen under its lock."""

import bisect
import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from .errors import S3Error
from .exchange import http_date

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html
UNVERSIONED, ENABLED, SUSPENDED = "", "Enabled", "Suspended"
NULL_VERSION = "null"


@dataclass
class Version:
    key: str
    body: bytes = b""
    etag: str = ""                    # Without quotes.
    headers: dict = field(default_factory=dict)   # Content-Type and the like.
    metadata: dict = field(default_factory=dict)
    tags: dict = field(default_factory=dict)
    storage_class: str = "STANDARD"
    encryption: dict = field(default_factory=dict)  # Headers that replies repeat.
    checksum: object = None           # checksums.Checksum
    part_sizes: list = field(default_factory=list)
    is_delete_marker: bool = False
    version_id: str = NULL_VERSION
    modified: float = 0


@dataclass
class Ticket:
    """What a request saw of a key when it came."""
    writes: int
    deletes: int


class Bucket:
    def __init__(self, name, region):
        self.name = name
        self.region = region
        self.created = time.time()
        self.lock = threading.RLock()
        self.versioning = UNVERSIONED
        self.uploads = {}
        self.completed = {}  # Uploads that are done: their version, and the parts that were listed.
        self._versions = {}  # Of each key, oldest first.
        self._keys = []      # Sorted; Python compares code points, which is the order of UTF-8.
        self._writes = Counter()
        self._deletes = Counter()

    def ticket(self, key):
        with self.lock:
            return Ticket(self._writes[key], self._deletes[key])

    def keys_from(self, start):
        """All keys that have versions, from `start` on."""
        return self._keys[bisect.bisect_left(self._keys, start):]

    def is_empty(self):
        return not self._versions

    def current(self, key):
        """The newest version, also when it is a delete marker; None where there is none."""
        versions = self._versions.get(key)
        return versions[-1] if versions else None

    def live(self, key):
        version = self.current(key)
        return None if version is None or version.is_delete_marker else version

    def versions(self, key):
        """Newest first."""
        return self._versions.get(key, [])[::-1]

    def find(self, key, version_id):
        for version in self._versions.get(key, ()):
            if version.version_id == version_id:
                return version
        return None

    def version_header(self, version):
        return {"x-amz-version-id": version.version_id} if self.versioning else {}

    def publish(self, version):
        """Makes it the newest. The caller holds the lock, and has checked the conditions under it."""
        version.modified = time.time()
        version.version_id = secrets.token_urlsafe(24) if self.versioning == ENABLED else NULL_VERSION
        if version.version_id == NULL_VERSION:
            self._drop(version.key, NULL_VERSION)
        if version.key not in self._versions:
            bisect.insort(self._keys, version.key)
        self._versions.setdefault(version.key, []).append(version)
        counter = self._deletes if version.is_delete_marker else self._writes
        counter[version.key] += 1
        return version

    def remove(self, key):
        """A delete without a version id. Returns the delete marker that it made, or None."""
        self._deletes[key] += 1
        if self.versioning == UNVERSIONED:
            self._drop(key, NULL_VERSION)
            return None
        return self.publish(Version(key, is_delete_marker=True))

    def remove_version(self, key, version_id):
        """The version that is gone now, or None when there was none."""
        version = self.find(key, version_id)
        if version is not None:
            self._deletes[key] += 1
            self._drop(key, version_id)
        return version

    def _drop(self, key, version_id):
        versions = self._versions.get(key)
        if versions is None:
            return
        versions[:] = [version for version in versions if version.version_id != version_id]
        if not versions:
            del self._versions[key]
            del self._keys[bisect.bisect_left(self._keys, key)]


class Store:
    def __init__(self):
        self._lock = threading.Lock()
        self._buckets = {}

    def create(self, name, region):
        """The bucket, or None when there is one already."""
        with self._lock:
            if name in self._buckets:
                return None
            self._buckets[name] = Bucket(name, region)
            return self._buckets[name]

    def get(self, name):
        bucket = self._buckets.get(name)
        if bucket is None:
            raise S3Error("NoSuchBucket", None, BucketName=name)
        return bucket

    def find(self, name):
        return self._buckets.get(name)

    def delete(self, bucket):
        with self._lock, bucket.lock:
            if not bucket.is_empty():
                raise S3Error("BucketNotEmpty", None, BucketName=bucket.name)
            self._buckets.pop(bucket.name, None)

    def all(self):
        with self._lock:
            return sorted(self._buckets.values(), key=lambda bucket: bucket.name)


def find_version(bucket, key, version_id):
    """A version that has bytes. https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html"""
    with bucket.lock:
        version = bucket.current(key) if version_id is None else bucket.find(key, version_id)
    if version is None:
        if version_id is None:
            raise S3Error("NoSuchKey", None, Key=key)
        raise S3Error("NoSuchVersion", None, Key=key, VersionId=version_id)
    if version.is_delete_marker:
        headers = {"x-amz-delete-marker": "true", **bucket.version_header(version)}
        if version_id is None:
            raise S3Error("NoSuchKey", None, headers, Key=key)
        headers.update({"Allow": "DELETE", "Last-Modified": http_date(version.modified)})
        raise S3Error("MethodNotAllowed", None, headers, Method="GET", ResourceType="DeleteMarker")
    return version
