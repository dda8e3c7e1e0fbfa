"""What containers, blobs, metadata and tags may be called.

https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
"""

import re

from .errors import BlobError

_CONTAINER = re.compile(r"[a-z0-9](?:-?[a-z0-9])*")
_SYSTEM = ("$root", "$web", "$logs")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_META = "x-ms-meta-"
_TAG = re.compile(r"[A-Za-z0-9 +./:=_-]*")


def check_container(name):
    if name in _SYSTEM:
        return
    if not 3 <= len(name) <= 63:
        raise BlobError("OutOfRangeInput")
    if not _CONTAINER.fullmatch(name):
        raise BlobError("InvalidResourceName")


def check_blob(name, limits):
    if len(name) > limits.max_key:
        raise BlobError("OutOfRangeInput")
    if name.count("/") + 1 > limits.max_segments:
        raise BlobError("InvalidUri")


def metadata_of(headers, limits):
    """Of a request; names keep no case here, as the headers' are in lower case."""
    metadata = {name[len(_META):]: value for name, value in headers.items() if name.startswith(_META)}
    for name, value in metadata.items():
        if not _IDENTIFIER.fullmatch(name) or not value.isascii():
            raise BlobError("InvalidMetadata")
    if sum(len(name) + len(value) for name, value in metadata.items()) > limits.max_metadata:
        raise BlobError("MetadataTooLarge")
    return metadata


def metadata_headers(metadata):
    return {_META + name: value for name, value in metadata.items()}


def check_tags(tags, limits):
    """https://learn.microsoft.com/rest/api/storageservices/set-blob-tags"""
    if len(tags) > limits.max_tags:
        raise BlobError("TagsTooLarge")
    for name, value in tags.items():
        if not 1 <= len(name) <= 128 or len(value) > 256 or not _TAG.fullmatch(name) or not _TAG.fullmatch(value):
            raise BlobError("InvalidInput")
