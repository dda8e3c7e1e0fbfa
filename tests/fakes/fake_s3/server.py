"""HTTP/1.1 over sockets: one thread a connection, keep-alive, 100-continue."""

import http
import socket
import ssl
import threading

from .errors import S3Error
from .exchange import Request, http_date

_MAX_HEAD = 64 * 1024
_MAX_LINE = 16 * 1024
_IDLE_SECONDS = 300


class _BadRequest(Exception):
    """What is no HTTP/1.1; answered with 400 and the end of the connection."""


class _Body:
    """Reads a request's body when it is wanted, after 100-continue where that is waited for."""

    def __init__(self, connection, reader, headers):
        self._connection, self._reader, self._headers = connection, reader, headers

    def read(self):
        if self._headers.get("expect", "").lower() == "100-continue":
            self._connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "transfer-encoding" in self._headers:
            return self._chunks()
        size = int(self._headers.get("content-length", "0"))
        data = self._reader.read(size) if size else b""
        if len(data) != size:
            raise S3Error("IncompleteBody", None, NumberBytesExpected=size, NumberBytesProvided=len(data))
        return data

    def _chunks(self):
        pieces = []
        while True:
            size = int(_line(self._reader).partition(b";")[0], 16)
            if size == 0:
                break
            pieces.append(self._reader.read(size))
            if len(pieces[-1]) != size or self._reader.read(2) != b"\r\n":
                raise S3Error("IncompleteBody")
        while _line(self._reader):
            pass  # Trailers of HTTP: those of aws-chunked are in the body.
        return b"".join(pieces)

    def is_nothing(self):
        return "transfer-encoding" not in self._headers and self._headers.get("content-length", "0") == "0"


def _line(reader):
    line = reader.readline(_MAX_LINE)
    if not line.endswith(b"\r\n"):
        raise _BadRequest("a line without end")
    return line[:-2]


def _read_head(reader):
    """The Request, or None at the end of the connection."""
    first = reader.readline(_MAX_LINE)
    if not first:
        return None
    parts = first.rstrip(b"\r\n").split(b" ")
    if len(parts) != 3 or parts[2] != b"HTTP/1.1":
        raise _BadRequest("no request line of HTTP/1.1")
    headers, size = [], 0
    while line := _line(reader):
        size += len(line)
        name, colon, value = line.partition(b":")
        if not colon or name != name.strip() or size > _MAX_HEAD:
            raise _BadRequest("no header")
        # Bytes beyond ASCII stay what they are for the signature: they are UTF-8, or no SigV4 at all.
        headers.append((name.decode("ascii").lower(), value.strip().decode("utf-8", "surrogateescape")))
    request = Request(parts[0].decode("ascii"), parts[1].decode("ascii"), headers)
    if not request.header("content-length", "0").isdigit() or "host" not in request.headers:
        raise _BadRequest("no valid Content-Length, or no Host")
    if request.header("transfer-encoding", "chunked").lower() != "chunked":
        raise _BadRequest("an unknown Transfer-Encoding")
    return request


def _head_of(request, response):
    close = response.close or request.header("connection").lower() == "close"
    lines = [f"HTTP/1.1 {response.status} {http.HTTPStatus(response.status).phrase}", f"Date: {http_date(None)}",
             f"Server: {response.headers.pop('Server', 'AmazonS3')}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    if response.status not in (204, 304):
        lines.append(f"Content-Length: {len(response.body)}")
    if close:
        lines.append("Connection: close")
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n", close


class Server:
    def __init__(self, service, address=("127.0.0.1", 0), tls=None):
        """`tls`: (certificate file, key file), or None for plain http."""
        self._service = service
        self._listener = socket.create_server(address, backlog=512)
        self._tls = None
        if tls:
            self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._tls.load_cert_chain(*tls)
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://{address[0]}:{self.port}"

    def serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # Closed.
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def start(self):
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self, connection):
        try:
            connection.settimeout(_IDLE_SECONDS)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb", 256 * 1024) as reader:
                while self._exchange(connection, reader):
                    pass
        except (OSError, ValueError, _BadRequest):
            pass  # A client that went, or that spoke no HTTP.

    def _exchange(self, connection, reader):
        """One request and its reply; whether another may follow."""
        try:
            request = _read_head(reader)
        except (_BadRequest, S3Error, UnicodeDecodeError):
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return False
        if request is None:
            return False
        body = _Body(connection, reader, request.headers)
        response = self._service.answer(request, body.read)
        if body.is_nothing():
            response.close = False
        head, close = _head_of(request, response)
        if request.method == "HEAD" or not len(response.body):
            connection.sendall(head)
        elif len(response.body) < 64 * 1024:
            connection.sendall(head + bytes(response.body))
        else:
            connection.sendall(head)
            connection.sendall(response.body)
        if close:
            _drain(connection, reader)
        return not close


def _drain(connection, reader):
    """Reads on for a moment, so that a client that is still sending gets the reply instead of a reset connection."""
    connection.shutdown(socket.SHUT_WR) if not isinstance(connection, ssl.SSLSocket) else None
    connection.settimeout(1)
    left = 64 * 2**20
    while left > 0 and (data := reader.read1(256 * 1024)):
        left -= len(data)
