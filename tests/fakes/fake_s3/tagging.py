"""Tags of objects and buckets. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html"""

import re

from . import checksums, xmltext
from .errors import S3Error
from .exchange import Response
from .routing import operation

_MAX_TAGS, _MAX_NAME, _MAX_VALUE = 10, 128, 256
# "letters, whitespace, and numbers representable in UTF-8, and the special characters + - = . _ : / @"
_ALLOWED = re.compile(r"[\w\s+\-=.:/@]*", re.UNICODE)


def check(pairs):
    """The tags as a dictionary, or what is wrong with them."""
    if len(pairs) > _MAX_TAGS:
        raise S3Error("BadRequest", f"Object tags cannot be greater than {_MAX_TAGS}")
    tags = dict(pairs)
    if len(tags) != len(pairs):
        raise S3Error("InvalidTag", "Cannot provide multiple Tags with the same key")
    for name, value in pairs:
        if not 1 <= len(name) <= _MAX_NAME or not _ALLOWED.fullmatch(name) or name.lower().startswith("aws:"):
            raise S3Error("InvalidTag", "The TagKey you have provided is invalid", TagKey=name)
        if len(value) > _MAX_VALUE or not _ALLOWED.fullmatch(value):
            raise S3Error("InvalidTag", "The TagValue you have provided is invalid", TagKey=name, TagValue=value)
    return tags


def _parse(body):
    root = xmltext.parse(body, "Tagging")
    sets = root.all("TagSet")
    if len(sets) != 1 or any(tag.name != "Tag" or tag.get("Key") is None for tag in sets[0].children):
        raise S3Error("MalformedXML")
    return check([(tag.get("Key"), tag.get("Value", "")) for tag in sets[0].children])


def _document(tags):
    items = [("Tag", [("Key", name), ("Value", value)]) for name, value in sorted(tags.items())]
    return xmltext.document("Tagging", [("TagSet", items)])


@operation("GET", "object", needs={"tagging"}, query={"versionId"})
def get_object_tagging(service, request):
    bucket, version = service.version_of(request)
    return Response.xml(_document(version.tags), bucket.version_header(version))


@operation("PUT", "object", needs={"tagging"}, query={"versionId"}, body="xml",
           headers=checksums.HEADERS)
def put_object_tagging(service, request):
    service.require_digest(request)
    tags = _parse(request.body)
    bucket, version = service.version_of(request)
    with bucket.lock:
        version.tags = tags
    return Response(headers=bucket.version_header(version))


@operation("DELETE", "object", needs={"tagging"}, query={"versionId"})
def delete_object_tagging(service, request):
    bucket, version = service.version_of(request)
    with bucket.lock:
        version.tags = {}
    return Response(204, headers=bucket.version_header(version))
