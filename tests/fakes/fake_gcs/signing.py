"""Signed URLs, version 4, checked by the public half of a service account's key.

https://cloud.google.com/storage/docs/access-control/signed-urls
"""

import base64
import datetime
import hashlib
import re
import urllib.parse

from . import errors

_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")  # SHA-256: https://www.rfc-editor.org/rfc/rfc8017#section-9.2

# X-Goog-Date is when the URL becomes usable; clocks differ, for which signed requests have so much.
_SKEW = datetime.timedelta(minutes=15)


def _element(data, at):
    """Tag, content and end of one element of DER."""
    tag, length, at = data[at], data[at + 1], at + 2
    if length & 0x80:
        size = length & 0x7F
        length, at = int.from_bytes(data[at:at + size], "big"), at + size
    return tag, data[at:at + length], at + length


def _elements(data):
    found, at = [], 0
    while at < len(data):
        tag, content, at = _element(data, at)
        found.append((tag, content))
    return found


class PublicKey:
    """Of a private key in PEM, PKCS #8 or PKCS #1."""

    def __init__(self, pem):
        body = "".join(line for line in pem.splitlines() if line and "-----" not in line)
        parts = _elements(_element(base64.b64decode(body), 0)[1])
        octets = [content for tag, content in parts if tag == 4]
        if octets:
            parts = _elements(_element(octets[0], 0)[1])
        self._modulus, self._exponent = (int.from_bytes(content, "big") for _, content in parts[1:3])

    def verifies(self, text, signature):
        """RSASSA-PKCS1-v1_5 with SHA-256."""
        size = (self._modulus.bit_length() + 7) // 8
        info = _DIGEST_INFO + hashlib.sha256(text).digest()
        expected = b"\x00\x01" + b"\xff" * (size - len(info) - 3) + b"\x00" + info
        opened = pow(int.from_bytes(signature, "big"), self._exponent, self._modulus).to_bytes(size, "big")
        return len(signature) == size and opened == expected


def _refused(message, code="SignatureDoesNotMatch", status=403):
    return errors.GcsError(status, "forbidden", message, code)


def _quote(text):
    return urllib.parse.quote(text, safe="~")


def check(request, key, account):
    """Errors for a URL that was signed for something else, by somebody else, or for another time."""
    query = dict(request.query)
    signature = query.pop("X-Goog-Signature", "")
    if query.get("X-Goog-Algorithm") != "GOOG4-RSA-SHA256" or not re.fullmatch("[0-9a-f]+", signature):
        raise errors.GcsError(400, "invalid", "a malformed signed URL", "AuthenticationRequired")
    date, scope = query.get("X-Goog-Date", ""), query.get("X-Goog-Credential", "").partition("/")
    if scope[0] != account or scope[2] != f"{date[:8]}/auto/storage/goog4_request":
        raise _refused("the credential is not the account's")
    begun = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    seconds = int(query.get("X-Goog-Expires", "0"))
    if not 1 <= seconds <= 604800:
        raise errors.GcsError(400, "invalid", "expiration must be between 1 and 604800 seconds")
    now = datetime.datetime.now(datetime.timezone.utc)
    if begun > now + _SKEW:
        raise _refused("Request is not yet valid.", "AccessDenied")
    if now > begun + datetime.timedelta(seconds=seconds):
        raise errors.GcsError(400, "expired", "Invalid argument.", "ExpiredToken")
    names = query.get("X-Goog-SignedHeaders", "").split(";")
    values = {name: " ".join(request.header(name).split()) for name in names}
    pairs = "&".join(f"{_quote(name)}={_quote(value)}" for name, value in sorted(query.items()))
    payload = request.header("x-goog-content-sha256") or "UNSIGNED-PAYLOAD"

    def is_signed(host):
        headers = "".join(f"{name}:{value}\n" for name, value in {**values, "host": host}.items())
        canonical = f"{request.method}\n{request.raw_path}\n{pairs}\n{headers}\n{';'.join(names)}\n{payload}"
        text = f"GOOG4-RSA-SHA256\n{date}\n{scope[2]}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        return key.verifies(text.encode(), bytes.fromhex(signature))

    # Google's own vectors sign the host without its port, its client for Python with it.
    if "host" not in values or not any(map(is_signed, {values["host"], values["host"].partition(":")[0]})):
        raise _refused("The request signature we calculated does not match the signature you provided.")
