"""The body of a request: decoded, and compared with what was signed.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
"""

import hashlib
import hmac
import re

from .errors import S3Error
from .signing import sign

SIGNED_CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_CHUNKS_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
UNSIGNED = "UNSIGNED-PAYLOAD"
_CHUNKED = (SIGNED_CHUNKS, SIGNED_CHUNKS_TRAILER, UNSIGNED_TRAILER)
_MIN_CHUNK = 8192  # "at least 8 KB", but the last: sigv4-streaming.html
_EMPTY = hashlib.sha256(b"").hexdigest()


def is_chunked(payload):
    return payload in _CHUNKED


def decoded_length(request):
    text = request.header("x-amz-decoded-content-length")
    if not text.isdigit():
        raise S3Error("MissingContentLength")
    return int(text)


def check_kind(payload):
    if payload not in (UNSIGNED, *_CHUNKED) and not re.fullmatch("[0-9a-f]{64}", payload):
        raise S3Error("InvalidArgument", f"x-amz-content-sha256 must be {UNSIGNED}, {', '.join(_CHUNKED)}, or a valid "
                      "sha256 value.", ArgumentName="x-amz-content-sha256", ArgumentValue=payload)


def decode(request, signed, raw):
    """(body, trailers). Raises what S3 says of a body that was changed on its way."""
    check_kind(signed.payload)
    if is_chunked(signed.payload):
        return _Chunks(request, signed, raw).decode()
    if signed.payload != UNSIGNED:
        computed = hashlib.sha256(raw).hexdigest()
        if computed != signed.payload:
            raise S3Error("XAmzContentSHA256Mismatch", None, ClientComputedContentSHA256=signed.payload,
                          S3ComputedContentSHA256=computed)
    return raw, {}


def _malformed():
    return S3Error("IncompleteBody", "The request body terminated unexpectedly")


class _Chunks:
    """aws-chunked: SIZE;chunk-signature=… CRLF bytes CRLF, then a chunk of no bytes, then perhaps trailers."""

    def __init__(self, request, signed, raw):
        self._request, self._signed, self._raw = request, signed, raw
        self._at = 0
        self._previous = signed.signature
        self._is_signed = signed.payload != UNSIGNED_TRAILER

    def decode(self):
        expected = decoded_length(self._request)
        if "aws-chunked" not in self._request.header("content-encoding"):
            raise S3Error("InvalidRequest", "A body in chunks has the Content-Encoding aws-chunked")
        pieces, small = [], False
        while True:
            size, signature = self._chunk_head()
            data = self._take(size)
            if small and size > 0:
                raise S3Error("InvalidChunkSizeError")
            small = size < _MIN_CHUNK
            self._check_chunk(data, signature)
            if size == 0:
                break
            if self._take(2) != b"\r\n":
                raise _malformed()
            pieces.append(data)
        trailers = self._trailers()
        body = b"".join(pieces)
        if len(body) != expected:
            raise S3Error("IncompleteBody", "The request body has other than x-amz-decoded-content-length bytes",
                          NumberBytesExpected=expected, NumberBytesProvided=len(body))
        return body, trailers

    def _line(self):
        end = self._raw.find(b"\r\n", self._at)
        if end < 0 or end - self._at > 4096:
            raise _malformed()
        line = self._raw[self._at:end]
        self._at = end + 2
        return line.decode("latin-1")

    def _take(self, size):
        data = self._raw[self._at:self._at + size]
        if len(data) != size:
            raise _malformed()
        self._at += size
        return data

    def _chunk_head(self):
        head = re.fullmatch(r"([0-9a-fA-F]{1,16})(?:;chunk-signature=([0-9a-f]{64}))?", self._line())
        if not head or bool(head[2]) != self._is_signed:
            raise _malformed()
        return int(head[1], 16), head[2]

    def _check_chunk(self, data, signature):
        if not self._is_signed:
            return
        text = "\n".join(["AWS4-HMAC-SHA256-PAYLOAD", self._signed.time, self._signed.scope, self._previous, _EMPTY,
                          hashlib.sha256(data).hexdigest()])
        self._compare(text, signature)

    def _compare(self, text, signature):
        if not hmac.compare_digest(sign(self._signed.key, text), signature):
            raise S3Error("SignatureDoesNotMatch", None, StringToSign=text)
        self._previous = signature

    def _trailers(self):
        """Exactly those which x-amz-trailer announced."""
        announced = [name.strip().lower() for name in self._request.header("x-amz-trailer").split(",") if name.strip()]
        trailers, signature = {}, None
        while self._at < len(self._raw):
            line = self._line()
            if not line:
                continue
            name, colon, value = line.partition(":")
            if not colon:
                raise S3Error("MalformedTrailerError")
            if name.lower() == "x-amz-trailer-signature":
                signature = value.strip()
            else:
                trailers[name.lower()] = value.strip()
        if self._signed.payload == SIGNED_CHUNKS_TRAILER:
            self._check_trailers(trailers, signature)
        elif signature is not None or (self._signed.payload == SIGNED_CHUNKS and trailers):
            raise S3Error("MalformedTrailerError")
        if sorted(trailers) != sorted(announced):
            raise S3Error("MalformedTrailerError")
        return trailers

    def _check_trailers(self, trailers, signature):
        if signature is None:
            raise S3Error("MalformedTrailerError")
        text = "".join(f"{name}:{value}\n" for name, value in sorted(trailers.items()))
        self._compare("\n".join(["AWS4-HMAC-SHA256-TRAILER", self._signed.time, self._signed.scope, self._previous,
                                 hashlib.sha256(text.encode()).hexdigest()]), signature)
