"""Content-MD5 and x-ms-content-crc64, which are of the request's body."""

import base64
import binascii
import hashlib

from fake_s3.checksums import crc64nvme

from .errors import BlobError

HEADERS = frozenset({"content-md5", "x-ms-content-crc64"})


def md5_of(data):
    return base64.b64encode(hashlib.md5(data).digest()).decode()


def crc64_of(data):
    """NVMe's polynomial, the lowest byte first."""
    return base64.b64encode(crc64nvme(data).to_bytes(8, "little")).decode()


def check_md5_form(text):
    try:
        if len(base64.b64decode(text, validate=True)) == 16:
            return
    except binascii.Error:
        pass
    raise BlobError("InvalidMd5")


def check(request):
    """Refuses a body that is not the one which the client had."""
    if HEADERS <= set(request.headers):
        raise BlobError("InvalidInput")
    if "content-md5" in request.headers:
        check_md5_form(request.header("content-md5"))
        if request.header("content-md5") != md5_of(request.body):
            raise BlobError("Md5Mismatch", UserSpecifiedMd5=request.header("content-md5"),
                            ServerCalculatedMd5=md5_of(request.body))
    if "x-ms-content-crc64" in request.headers and request.header("x-ms-content-crc64") != crc64_of(request.body):
        raise BlobError("Crc64Mismatch", UserSpecifiedCrc64=request.header("x-ms-content-crc64"),
                        ServerCalculatedCrc64=crc64_of(request.body))


def reply(request):
    """What the service says it has stored."""
    if "x-ms-content-crc64" in request.headers:
        return {"x-ms-content-crc64": crc64_of(request.body)}
    return {"Content-MD5": md5_of(request.body)}
