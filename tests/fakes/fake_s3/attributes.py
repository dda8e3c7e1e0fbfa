"""Headers that become an object's attributes, and back."""

import urllib.parse

from . import tagging
from .errors import S3Error, not_implemented
from .exchange import http_date

META = "x-amz-meta-"
CONTENT = ("cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires")
_SHOWN = {name: "-".join(part.capitalize() for part in name.split("-")) for name in CONTENT}
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html (x-amz-storage-class); those of other kinds of
# buckets, and those whose objects must be restored first, are not implemented.
_STORAGE_CLASSES = ("STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR")
_OTHER_STORAGE_CLASSES = ("GLACIER", "DEEP_ARCHIVE", "OUTPOSTS", "SNOW", "EXPRESS_ONEZONE")
_SSE = "x-amz-server-side-encryption"
_KMS_KEY, _BUCKET_KEY, _CONTEXT = f"{_SSE}-aws-kms-key-id", f"{_SSE}-bucket-key-enabled", f"{_SSE}-context"

# What an operation that makes an object takes.
TAKEN = frozenset({"x-amz-storage-class", "x-amz-tagging", "x-amz-acl", META, _SSE, _KMS_KEY, _BUCKET_KEY, _CONTEXT})


def metadata(request, limits):
    """userguide/UsingMetadata.html: US-ASCII, 2 KB of names and values together."""
    found = {name[len(META):]: value for name, value in request.headers.items() if name.startswith(META)}
    size = sum(len(name.encode()) + len(value.encode()) for name, value in found.items())
    if size > limits.max_metadata:
        raise S3Error("MetadataTooLarge", None, Size=size, MaxSizeAllowed=limits.max_metadata)
    return found


def content(request):
    headers = {name: request.header(name) for name in CONTENT if request.header(name)}
    # Its own share of the list is not stored: sigv4-streaming.html.
    encodings = [part.strip() for part in headers.pop("content-encoding", "").split(",")]
    encodings = [part for part in encodings if part and part != "aws-chunked"]
    if encodings:
        headers["content-encoding"] = ",".join(encodings)
    headers.setdefault("content-type", "binary/octet-stream")
    return headers


def storage_class(request):
    name = request.header("x-amz-storage-class") or "STANDARD"
    if name in _OTHER_STORAGE_CLASSES:
        raise not_implemented("Header", f"x-amz-storage-class: {name}")
    if name not in _STORAGE_CLASSES:
        raise S3Error("InvalidStorageClass", None, StorageClassRequested=name)
    return name


def encryption(request):
    """userguide/serv-side-encryption.html: AES256 where nothing is asked for. Bytes are not really encrypted."""
    kind, key = request.header(_SSE), request.header(_KMS_KEY)
    if kind not in ("", "AES256", "aws:kms", "aws:kms:dsse"):
        raise S3Error("InvalidEncryptionAlgorithmError")
    if kind in ("", "AES256") and (key or request.header(_CONTEXT)):
        raise S3Error("InvalidArgument", "Server Side Encryption with AWS KMS managed key requires HTTP header "
                      f"{_SSE} : aws:kms", ArgumentName=_SSE, ArgumentValue=kind)
    headers = {_SSE: kind or "AES256"}
    if kind.startswith("aws:kms"):
        headers[_KMS_KEY] = key or "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000000"
        if request.header(_BUCKET_KEY):
            headers[_BUCKET_KEY] = request.header(_BUCKET_KEY).lower()
    return headers


def check_acl(request):
    """ACLs are disabled, as in all new buckets: userguide/about-object-ownership.html."""
    if request.header("x-amz-acl") not in ("", "private", "bucket-owner-full-control"):
        raise S3Error("AccessControlListNotSupported")


def tags(request):
    text = request.header("x-amz-tagging")
    return tagging.check(urllib.parse.parse_qsl(text, keep_blank_values=True)) if text else {}


def fill(version, request, limits):
    """Everything that a put, the begin of an upload or a replacing copy says of an object."""
    check_acl(request)
    version.headers = content(request)
    version.metadata = metadata(request, limits)
    version.storage_class = storage_class(request)
    version.encryption = encryption(request)
    version.tags = tags(request)


def reply_headers(version, with_checksum):
    """Those of GET and HEAD."""
    headers = {_SHOWN[name]: value for name, value in version.headers.items()}
    headers.update({"ETag": f'"{version.etag}"', "Last-Modified": http_date(version.modified),
                    "Accept-Ranges": "bytes"})
    headers.update({META + name: value for name, value in version.metadata.items()})
    headers.update(version.encryption)
    if version.storage_class != "STANDARD":
        headers["x-amz-storage-class"] = version.storage_class
    if version.tags:
        headers["x-amz-tagging-count"] = str(len(version.tags))
    if with_checksum and version.checksum:
        headers.update(version.checksum.headers())
    return headers


# https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (response-…)
OVERRIDES = tuple("response-" + name for name in CONTENT)


def override(request, headers):
    for name in CONTENT:
        value = request.query.get("response-" + name)
        if value is not None:
            headers[_SHOWN[name]] = value
