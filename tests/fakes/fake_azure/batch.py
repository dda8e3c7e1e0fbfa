"""Many requests in one. https://learn.microsoft.com/rest/api/storageservices/blob-batch"""

import http
import secrets

from fake_s3.exchange import Request, Response

from . import blobs, properties
from .errors import BlobError
from .routing import operation

ALLOWED = (blobs.delete_blob, properties.set_blob_tier)


def _boundary(request):
    kind, _, boundary = request.header("content-type").partition("; boundary=")
    if kind != "multipart/mixed" or not boundary:
        raise BlobError("InvalidHeaderValue", HeaderName="Content-Type")
    return boundary.strip('"')


def _headers(lines):
    pairs = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise BlobError("InvalidInput")
        pairs.append((name.strip().lower(), value.strip()))
    return pairs


def _part(text, outer):
    """(Content-ID, the Request) of one part, which has no body of its own."""
    head, _, inner = text.removeprefix("\r\n").partition("\r\n\r\n")
    headers = dict(_headers(head.split("\r\n")))
    if headers.get("content-type") != "application/http" or headers.get("content-transfer-encoding") != "binary":
        raise BlobError("InvalidInput")
    lines = inner.partition("\r\n\r\n")[0].split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or words[2] != "HTTP/1.1":
        raise BlobError("InvalidInput")
    pairs = _headers(line for line in lines[1:] if line)
    request = Request(words[0], words[1], [*pairs, ("host", outer.header("host"))])
    # That of the batch counts; a part may repeat it, and then signs it.
    request.version = outer.header("x-ms-version")
    if request.header("x-ms-version", request.version) != request.version:
        raise BlobError("InvalidInput")
    return headers.get("content-id", ""), request


def _answer(service, request, outer):
    if outer.container and not request.raw_path.startswith(f"/{outer.account.name}/{outer.container}/"):
        return service.refusal(request, BlobError("InvalidInput"))
    return service.answer_part(request)


def _reply(identity, response):
    lines = ["Content-Type: application/http"]
    if identity:
        lines.append(f"Content-ID: {identity}")
    lines += ["", f"HTTP/1.1 {response.status} {http.HTTPStatus(response.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    if len(response.body):
        lines.append(f"Content-Length: {len(response.body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + bytes(response.body) + b"\r\n"


def _run(service, request):
    boundary = _boundary(request)
    pieces = request.body.decode("utf-8", "surrogateescape").split(f"--{boundary}")
    if len(pieces) < 3 or not pieces[-1].startswith("--") or pieces[0].strip():
        raise BlobError("InvalidInput")
    parts = [_part(text, request) for text in pieces[1:-1]]
    if len(parts) > service.limits.max_batch:
        raise BlobError("InvalidInput")
    if len({(part.method, part.query.get("comp", "")) for _, part in parts}) > 1:
        raise BlobError("InvalidInput")  # "All subrequests must be of the same type."
    replies = [(identity, _answer(service, part, request)) for identity, part in parts]
    mark = f"batchresponse_{secrets.token_hex(8)}"
    body = b"".join(f"--{mark}\r\n".encode() + _reply(identity, one) for identity, one in replies)
    return Response(202, body + f"--{mark}--\r\n".encode(), {"Content-Type": f"multipart/mixed; boundary={mark}"})


@operation("POST", "container", "batch", "d", body="batch")
def batch_of_container(service, request):
    return _run(service, request)


@operation("POST", "account", "batch", "d", body="batch")
def batch_of_account(service, request):
    return _run(service, request)
