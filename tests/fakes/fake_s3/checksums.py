"""Checksums of objects. https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html"""

import base64
import binascii
import functools
import hashlib
import zlib
from dataclasses import dataclass

from .errors import S3Error, not_implemented

try:
    from awscrt import checksums as _native  # Some 1000 times faster, and AWS's own.
except ImportError:
    _native = None

FULL_OBJECT, COMPOSITE = "FULL_OBJECT", "COMPOSITE"
PREFIX = "x-amz-checksum-"
_UNKNOWN_HERE = ("XXHASH64", "XXHASH3", "XXHASH128")


@functools.lru_cache(2)
def _table(polynomial):
    table = []
    for crc in range(256):
        for _ in range(8):
            crc = crc >> 1 ^ (polynomial if crc & 1 else 0)
        table.append(crc)
    return table


def _crc(data, polynomial, ones):
    table, crc = _table(polynomial), ones
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ ones


def crc32c(data):
    return _native.crc32c(data) if _native else _crc(data, 0x82F63B78, 2**32 - 1)


def crc64nvme(data):
    return _native.crc64nvme(data) if _native else _crc(data, 0x9A6C9329AC4BC9B5, 2**64 - 1)


# The digest, and which types an object of several parts can have: "Full object and composite checksum types".
_ALGORITHMS = {
    "CRC32": (lambda data: zlib.crc32(data).to_bytes(4, "big"), (COMPOSITE, FULL_OBJECT)),
    "CRC32C": (lambda data: crc32c(data).to_bytes(4, "big"), (COMPOSITE, FULL_OBJECT)),
    "CRC64NVME": (lambda data: crc64nvme(data).to_bytes(8, "big"), (FULL_OBJECT,)),
    "SHA1": (lambda data: hashlib.sha1(data).digest(), (COMPOSITE,)),
    "SHA256": (lambda data: hashlib.sha256(data).digest(), (COMPOSITE,)),
    "SHA512": (lambda data: hashlib.sha512(data).digest(), (COMPOSITE,)),
    "MD5": (lambda data: hashlib.md5(data).digest(), (COMPOSITE,)),
}
# The headers that hold a checksum.
HEADERS = frozenset(PREFIX + name.lower() for name in (*_ALGORITHMS, *_UNKNOWN_HERE))


@dataclass(frozen=True)
class Checksum:
    algorithm: str
    value: str
    type: str = FULL_OBJECT

    def headers(self):
        return {PREFIX + self.algorithm.lower(): self.value, PREFIX + "type": self.type}

    def elements(self):
        return [("Checksum" + self.algorithm, self.value)]


def known(algorithm):
    """The algorithm's name in upper case; what is not implemented is refused."""
    name = algorithm.upper()
    if name in _UNKNOWN_HERE:
        raise not_implemented("Header", PREFIX + algorithm.lower())
    if name not in _ALGORITHMS:
        raise S3Error("InvalidRequest", "Checksum algorithm provided is unsupported. Please try again with any of the "
                      f"valid types: [{', '.join(_ALGORITHMS)}]")
    return name


def compute(algorithm, data):
    return Checksum(algorithm, base64.b64encode(_ALGORITHMS[algorithm][0](data)).decode())


def default(data):
    """Of what came without one: "S3 calculates CRC64NVME"."""
    return compute("CRC64NVME", data)


def allowed_type(algorithm, given):
    """The type of an upload's checksum: what was asked for, or the algorithm's default."""
    types = _ALGORITHMS[algorithm][1]
    if given and given not in (FULL_OBJECT, COMPOSITE):
        raise S3Error("InvalidRequest", "Value for x-amz-checksum-type header is invalid.")
    if given and given not in types:
        raise S3Error("InvalidRequest", f"The {given} checksum type cannot be used with the {algorithm.lower()} "
                      "checksum algorithm.")
    return given or types[0]


def composite(algorithm, values):
    """The checksum of the parts' checksums, and how many they are."""
    digests = b"".join(base64.b64decode(value) for value in values)
    return Checksum(algorithm, f"{compute(algorithm, digests).value}-{len(values)}", COMPOSITE)


def _given(headers):
    values = {name[len(PREFIX):]: value for name, value in headers.items() if name in HEADERS}
    if len(values) > 1:
        raise S3Error("InvalidRequest", "Expecting a single x-amz-checksum- header. Multiple checksum Types are not "
                      "allowed.")
    return next(iter(values.items()), None)


def of_request(headers, trailers):
    """The Checksum that the client sent, in a header or a trailer, not yet compared; or None."""
    given = _given({**headers, **trailers})
    announced = headers.get("x-amz-sdk-checksum-algorithm", "")
    if not given:
        if announced:
            raise S3Error("InvalidRequest", "x-amz-sdk-checksum-algorithm specified, but no corresponding "
                          "x-amz-checksum-* or x-amz-trailer headers were found.")
        return None
    algorithm, value = known(given[0]), given[1]
    if announced and announced.upper() != algorithm:
        raise S3Error("InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid.")
    return Checksum(algorithm, value)


def check_form(checksum):
    size = len(_ALGORITHMS[checksum.algorithm][0](b""))
    try:
        if len(base64.b64decode(checksum.value, validate=True)) == size:
            return
    except binascii.Error:
        pass
    raise S3Error("InvalidRequest", f"Value for {PREFIX}{checksum.algorithm.lower()} header is invalid.")


def compare(checksum, body):
    """Refuses a body that is not the one which the client had."""
    check_form(checksum)
    if compute(checksum.algorithm, body).value != checksum.value:
        raise S3Error("BadDigest", f"The {checksum.algorithm} you specified did not match the calculated checksum.")


def check_content_md5(text, body):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html (Content-MD5)"""
    try:
        digest = base64.b64decode(text, validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != 16:
        raise S3Error("InvalidDigest", "The Content-MD5 you specified was invalid.")
    if digest != hashlib.md5(body).digest():
        raise S3Error("BadDigest", "The Content-MD5 you specified did not match what we received.",
                      ExpectedDigest=text, CalculatedDigest=base64.b64encode(hashlib.md5(body).digest()).decode())
