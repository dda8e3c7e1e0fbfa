"""Many requests in one. https://cloud.google.com/storage/docs/batch"""

import re

from . import errors
from .exchange import Reply, Request

_MOST = 100


def run(request, handle):
    """`handle` answers each of them."""
    match = re.fullmatch(r"multipart/mixed; ?boundary=\"?([^\";]+)\"?", request.header("content-type"))
    if not match:
        raise errors.invalid("Failed to parse batch request.")
    pieces = request.body.split(b"--" + match[1].encode())
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise errors.invalid("Failed to parse batch request.")
    if len(pieces) - 2 > _MOST:
        raise errors.invalid(f"The batch request has more than {_MOST} calls.")
    answers = [_answer(piece, request, handle) for piece in pieces[1:-1]]
    boundary = "batch_fakegcs"
    body = b"".join(f"--{boundary}\r\n".encode() + answer for answer in answers) + f"--{boundary}--\r\n".encode()
    return Reply(200, body, {"Content-Type": f"multipart/mixed; boundary={boundary}"})


def _answer(piece, outer, handle):
    # Google's own client for Python ends lines so.
    if b"\r\n\r\n" not in piece.partition(b"\n\n")[0]:
        piece = piece.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    head, _, inner = piece.partition(b"\r\n\r\n")
    if b"application/http" not in head:
        raise errors.invalid("Failed to parse batch request.")
    content_id = re.search(rb"(?i)content-id: *<([^>\r\n]+)>", head)
    line, _, rest = inner.partition(b"\r\n")
    words = line.decode().split(" ")
    headers, _, body = rest.partition(b"\r\n\r\n")
    parsed = {name.strip().lower(): value.strip() for name, _, value in
              (text.partition(":") for text in headers.decode().split("\r\n") if text)}
    parsed.setdefault("authorization", outer.header("authorization"))
    target = re.sub(r"^https?://[^/]+", "", words[1])  # Absolute or not.
    reply = handle(Request(words[0], target, parsed, body.rstrip(b"\r\n")))
    name = f"Content-ID: <response-{content_id[1].decode()}>\r\n" if content_id else ""
    lines = "".join(f"{key}: {value}\r\n" for key, value in reply.headers.items())
    return (f"Content-Type: application/http\r\n{name}\r\nHTTP/1.1 {reply.status} X\r\n{lines}"
            f"Content-Length: {len(reply.body)}\r\n\r\n").encode() + reply.body + b"\r\n"
