"""ListObjects and ListObjectsV2.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
"""

import base64
import binascii

from .errors import S3Error
from .exchange import Response, iso_date
from .pages import Parameters, walk
from .routing import operation
from .xmltext import document

_QUERY = {"prefix", "delimiter", "max-keys", "encoding-type"}


class Page:
    """Objects and common prefixes after a name, at most as many as one page holds, in one order."""

    def __init__(self, bucket, parameters, after):
        self.objects, self.groups, self.last, self.is_truncated = [], [], "", False
        with bucket.lock:
            keys = bucket.keys_from("")
            for name, first, end in walk(keys, parameters.prefix, parameters.delimiter, after):
                live = next(filter(None, map(bucket.live, keys[first:end])), None)
                if live is None:
                    continue
                if len(self.objects) + len(self.groups) == parameters.most:
                    # Of no entries at all there is no next page.
                    self.is_truncated = parameters.most > 0
                    break
                self.last = name
                if parameters.is_group(name):
                    self.groups.append(name)
                else:
                    self.objects.append(live)

    def __len__(self):
        return len(self.objects) + len(self.groups)


def _contents(service, parameters, objects, with_owner):
    for version in objects:
        yield "Contents", [
            ("Key", parameters.name(version.key)), ("LastModified", iso_date(version.modified)),
            ("ETag", f'"{version.etag}"'), ("ChecksumAlgorithm", version.checksum.algorithm),
            ("ChecksumType", version.checksum.type), ("Size", len(version.body)),
            ("Owner", service.owner() if with_owner else None), ("StorageClass", version.storage_class)]


@operation("GET", "bucket", query=_QUERY | {"marker"})
def list_objects(service, request):
    bucket = service.bucket_of(request)
    parameters = Parameters(request, service.limits, "max-keys")
    marker = request.query.get("marker", "")
    page = Page(bucket, parameters, marker)
    # "This element is returned only if you have the delimiter request parameter specified."
    next_marker = parameters.name(page.last) if page.is_truncated and parameters.delimiter else None
    result = [("Name", bucket.name), *parameters.fields(), ("Marker", parameters.name(marker)),
              ("NextMarker", next_marker), ("MaxKeys", parameters.most), ("IsTruncated", page.is_truncated),
              *_contents(service, parameters, page.objects, True), *parameters.groups(page.groups)]
    return Response.xml(document("ListBucketResult", result), {"x-amz-bucket-region": bucket.region})


@operation("GET", "bucket", needs={"list-type"}, query=_QUERY | {"continuation-token", "start-after", "fetch-owner"})
def list_objects_v2(service, request):
    bucket = service.bucket_of(request)
    if request.query["list-type"] != "2":
        raise S3Error("InvalidArgument", None, ArgumentName="list-type", ArgumentValue=request.query["list-type"])
    parameters = Parameters(request, service.limits, "max-keys")
    token = request.query.get("continuation-token")
    start_after = request.query.get("start-after")
    after = (start_after or "") if token is None else decode_token(token)
    page = Page(bucket, parameters, after)
    result = [("Name", bucket.name), *parameters.fields(), ("MaxKeys", parameters.most), ("KeyCount", len(page)),
              ("IsTruncated", page.is_truncated), ("ContinuationToken", token),
              ("NextContinuationToken", encode_token(page.last) if page.is_truncated else None),
              ("StartAfter", None if start_after is None else parameters.name(start_after)),
              *_contents(service, parameters, page.objects, request.query.get("fetch-owner") == "true"),
              *parameters.groups(page.groups)]
    return Response.xml(document("ListBucketResult", result), {"x-amz-bucket-region": bucket.region})


# A token is opaque: "not a real key". With '+', '/' and '=' in it, as S3's have, it shows who encodes it wrongly.
def encode_token(name):
    return "1+/" + base64.b64encode(name.encode()).decode()


def decode_token(token):
    try:
        if token.startswith("1+/"):
            return base64.b64decode(token[3:], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        pass
    raise S3Error("InvalidArgument", "The continuation token provided is incorrect", ArgumentName="continuation-token",
                  ArgumentValue=token)
