"""Buckets and objects in memory. Every change of a bucket happens under the store's lock."""

import base64
import copy
import dataclasses
import datetime
import hashlib
import re
import secrets
import threading

from . import errors
from .crc32c import crc32c

_WRITABLE = ("contentType", "cacheControl", "contentEncoding", "contentDisposition", "contentLanguage", "metadata",
             "storageClass")
_STORAGE_CLASSES = ("STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE")


def now_text():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


@dataclasses.dataclass
class Record:
    """One generation of an object."""
    bucket: str
    name: str
    data: bytes
    attributes: dict
    generation: int
    metageneration: int = 1
    created: str = ""
    updated: str = ""
    deleted: str = ""
    crc: str = ""

    def resource(self):
        """https://cloud.google.com/storage/docs/json_api/v1/objects#resource"""
        result = {"kind": "storage#object", "id": f"{self.bucket}/{self.name}/{self.generation}", "name": self.name,
                  "bucket": self.bucket, "generation": str(self.generation), "metageneration": str(self.metageneration),
                  "size": str(len(self.data)), "timeCreated": self.created, "updated": self.updated,
                  "crc32c": self.crc, "md5Hash": base64.b64encode(hashlib.md5(self.data).digest()).decode(),
                  "etag": base64.b64encode(f"{self.generation}/{self.metageneration}".encode()).decode(),
                  "storageClass": "STANDARD", **copy.deepcopy(self.attributes)}
        if self.deleted:
            result["timeDeleted"] = self.deleted
        return result


@dataclasses.dataclass
class Bucket:
    name: str
    created: str
    versioned: bool = False
    live: dict = dataclasses.field(default_factory=dict)
    old: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Conditions:
    """https://cloud.google.com/storage/docs/request-preconditions"""
    generation_match: int = None
    generation_not_match: int = None
    metageneration_match: int = None

    def check(self, record, reading=False):
        generation = record.generation if record else 0
        if self.generation_match is not None and generation != self.generation_match:
            raise errors.condition_not_met()
        if self.metageneration_match is not None and (not record or record.metageneration != self.metageneration_match):
            raise errors.condition_not_met()
        if self.generation_not_match is not None and generation == self.generation_not_match:
            raise errors.not_modified() if reading else errors.condition_not_met()


def check_name(name):
    """https://cloud.google.com/storage/docs/objects#naming"""
    if not 1 <= len(name.encode()) <= 1024:
        raise errors.invalid("The maximum object length is 1024 characters, but got a name of another length.")
    if name in (".", "..") or "\r" in name or "\n" in name or name.startswith(".well-known/acme-challenge/"):
        raise errors.invalid(f"Invalid object name: {name!r}")


def check_bucket_name(name):
    """https://cloud.google.com/storage/docs/buckets#naming"""
    parts = name.split(".")
    if (not re.fullmatch(r"[a-z0-9][a-z0-9._-]*[a-z0-9]", name) or not 3 <= len(name) <= 222 or
            not all(1 <= len(part) <= 63 for part in parts) or "google" in name or name.startswith("goog") or
            (len(parts) == 4 and all(part.isdigit() for part in parts))):
        raise errors.invalid(f"Invalid bucket name: '{name}'")


def check_attributes(attributes):
    unknown = set(attributes) - set(_WRITABLE) - {"name", "crc32c", "bucket"}
    if unknown:
        raise errors.invalid(f"the fake does not know the fields {', '.join(sorted(unknown))}")
    if attributes.get("storageClass", "STANDARD") not in _STORAGE_CLASSES:
        raise errors.invalid("Invalid storage class.")
    for name, value in (attributes.get("metadata") or {}).items():
        if not isinstance(value, (str, type(None))):
            raise errors.invalid(f"metadata {name} is no text")


def writable(attributes):
    return {name: value for name, value in attributes.items() if name in _WRITABLE and value is not None}


class Store:
    def __init__(self, rewrite_step, mean=False):
        """`mean`: does all that Google's pages say may happen, and a good day does not."""
        self.lock = threading.RLock()
        self.rewrite_step, self.mean = rewrite_step, mean
        self._refused = set()
        self.buckets = {}
        self.sessions = {}
        self.rewrites = {}
        self._generation = int(datetime.datetime.now().timestamp() * 1e6)

    def bucket(self, name):
        if name not in self.buckets:
            raise errors.no_bucket()
        return self.buckets[name]

    def create_bucket(self, name, versioned):
        check_bucket_name(name)
        with self.lock:
            if name in self.buckets:
                raise errors.GcsError(409, "conflict", "Your previous request to create the named bucket succeeded and "
                                      "you already own it.", "BucketAlreadyOwnedByYou")
            self.buckets[name] = Bucket(name, now_text(), versioned)
            return self.buckets[name]

    def delete_bucket(self, name):
        with self.lock:
            bucket = self.bucket(name)
            if bucket.live or bucket.old:
                raise errors.GcsError(409, "conflict", "The bucket you tried to delete is not empty.", "BucketNotEmpty")
            del self.buckets[name]

    def find(self, bucket_name, name, generation=None):
        with self.lock:
            bucket = self.bucket(bucket_name)
            record = bucket.live.get(name)
            if generation is not None and (not record or record.generation != generation):
                found = [old for old in bucket.old if old.name == name and old.generation == generation]
                record = found[0] if found else None
            if record is None:
                raise errors.no_object(bucket_name, name)
            return record

    def insert(self, bucket_name, name, data, attributes, conditions):
        check_name(name)
        check_attributes(attributes)
        crc = crc32c(data)
        expected = attributes.get("crc32c")
        if expected and expected != crc:
            raise errors.invalid(f"Provided CRC32C \"{expected}\" doesn't match calculated CRC32C \"{crc}\".")
        with self.lock:
            bucket = self.bucket(bucket_name)
            self._check_rate(bucket, name)
            conditions.check(bucket.live.get(name))
            self._generation += 1
            now = now_text()
            record = Record(bucket_name, name, bytes(data), writable(attributes), self._generation, created=now,
                            updated=now, crc=crc)
            self._retire(bucket, name)
            bucket.live[name] = record
            return record

    def _check_rate(self, bucket, name):
        """One object takes about one write a second: https://cloud.google.com/storage/quotas#objects"""
        if not self.mean or name not in bucket.live:
            return
        if (bucket.name, name) not in self._refused:
            self._refused.add((bucket.name, name))
            raise errors.GcsError(429, "rateLimitExceeded", "The object exceeded the rate limit for object mutation "
                                  "operations (create, update, and delete).")
        self._refused.discard((bucket.name, name))

    def _retire(self, bucket, name):
        record = bucket.live.pop(name, None)
        if record and bucket.versioned:
            record.deleted = now_text()
            bucket.old.append(record)

    def remove(self, bucket_name, name, generation, conditions):
        with self.lock:
            record = self.find(bucket_name, name, generation)
            conditions.check(record)
            bucket = self.bucket(bucket_name)
            if generation is None:
                self._retire(bucket, name)
            elif bucket.live.get(name) is record:
                del bucket.live[name]
            else:
                bucket.old.remove(record)

    def patch(self, bucket_name, name, generation, changes, conditions):
        check_attributes(changes)
        with self.lock:
            record = self.find(bucket_name, name, generation)
            conditions.check(record)
            attributes = copy.deepcopy(record.attributes)
            for field, value in changes.items():
                if field == "metadata" and value is not None:
                    merged = {**attributes.get("metadata", {}), **value}
                    attributes["metadata"] = {key: text for key, text in merged.items() if text is not None}
                elif field in _WRITABLE:
                    attributes[field] = value
            record.attributes = writable(attributes)
            record.metageneration += 1
            record.updated = now_text()
            return record

    def new_token(self):
        return secrets.token_urlsafe(24)
