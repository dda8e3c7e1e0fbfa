"""HTTP/1.1, who may ask, and which operation it is."""

import http.server
import re
import secrets
import socket
import sys
import urllib.parse

from . import batch, buckets, errors, faults, media, objects, signing, tokens, uploads
from .exchange import Reply, Request

# A name is one segment: in paths of both APIs its "/" is "%2F" here, though the XML API takes both.
_ROUTES = [
    ("POST", r"/storage/v1/b", buckets.create, "storage.buckets.insert"),
    ("GET", r"/storage/v1/b", buckets.list_page, "storage.buckets.list"),
    ("GET", r"/storage/v1/b/([^/]+)", buckets.get, "storage.buckets.get"),
    ("DELETE", r"/storage/v1/b/([^/]+)", buckets.remove, "storage.buckets.delete"),
    ("GET", r"/storage/v1/b/([^/]+)/o", objects.list_page, "storage.objects.list"),
    ("POST", r"/storage/v1/b/([^/]+)/o/([^/]+)/rewriteTo/b/([^/]+)/o/([^/]+)", objects.rewrite,
     "storage.objects.rewrite"),
    ("GET", r"(?:/download)?/storage/v1/b/([^/]+)/o/([^/]+)", objects.get, "storage.objects.get"),
    ("PATCH", r"/storage/v1/b/([^/]+)/o/([^/]+)", objects.patch, "storage.objects.patch"),
    ("DELETE", r"/storage/v1/b/([^/]+)/o/([^/]+)", objects.remove, "storage.objects.delete"),
    ("POST", r"/upload/storage/v1/b/([^/]+)/o", uploads.insert, "storage.objects.insert"),
    ("PUT", r"/upload/storage/v1/b/([^/]+)/o", uploads.resume, "storage.objects.insert"),
    ("DELETE", r"/upload/storage/v1/b/([^/]+)/o", uploads.resume, "storage.objects.insert"),
    ("GET", r"/([^/]+)/(.+)", media.send, "storage.objects.get"),
    ("HEAD", r"/([^/]+)/(.+)", media.send, "storage.objects.get"),
    ("PUT", r"/([^/]+)/(.+)", media.put, "storage.objects.insert"),
    ("DELETE", r"/([^/]+)/(.+)", media.remove, "storage.objects.delete"),
]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # A reply in one send.

    def do_any(self):
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length) if length else b""
        if len(body) != length:
            self.close_connection = True
            return
        headers = {name.lower(): ", ".join(self.headers.get_all(name)) for name in self.headers}
        target, scenario = self.server.faults.strip(self.path)
        request = Request(self.command, target, headers, body, self.path[:-len(target)])
        if target.startswith("/_fake/"):
            return self.send(self.server.faults.control(request))
        fault = self.server.faults.next(scenario, self.operation(request), request)
        if fault:
            return fault.apply(self, lambda kept: self.server.answer(kept), request)
        return self.send(self.server.answer(request))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_any

    def operation(self, request):
        for method, pattern, _, name in _ROUTES:
            if method == request.method and re.fullmatch(pattern, request.raw_path):
                return name
        return ""

    def send(self, reply, cut_after=None):
        self.send_response(reply.status)
        # Of a session it is the secret of its URL, in every reply.
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        headers = {"X-GUploader-UploadID": query.get("upload_id", [secrets.token_hex(8)])[0], **reply.headers}
        if reply.chunked:
            headers["Transfer-Encoding"] = "chunked"
        elif reply.status != 204 and reply.status != 304:
            headers["Content-Length"] = str(len(reply.body))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            self.wfile.flush()
            return
        if reply.chunked and reply.body:
            self.wfile.write(f"{len(reply.body):x}\r\n".encode())
        if cut_after is None:
            self.wfile.write(reply.body)
        else:
            self.wfile.write(reply.body[:cut_after])
            self.close_connection = True
        if reply.chunked and cut_after is None:
            self.wfile.write(b"\r\n0\r\n\r\n" if reply.body else b"0\r\n\r\n")
        self.wfile.flush()

    def reset(self):
        """As if the connection had died."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.connection.close()

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, store, token, port, account=None):
        """`account`: who signs URLs, as a service account's file has it."""
        super().__init__(("127.0.0.1", port), Handler)
        self.store, self.token = store, token
        self.account = account["client_email"] if account else None
        self.key = signing.PublicKey(account["private_key"]) if account else None
        self.faults = faults.Faults()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_):
        pass  # Clients go away when they like.

    def answer(self, request):
        is_xml = not re.match(r"/(storage|upload|download|batch)/", request.raw_path)
        try:
            if self.key and (request.method, request.raw_path) == ("POST", "/token"):
                return tokens.grant(request, self.key, self.account, self.url + "/token", self.token)
            self.check_token(request)
            if request.raw_path == "/batch/storage/v1":
                return batch.run(request, self.answer)
            return self.route(request)
        except errors.GcsError as error:
            if error.status == 304:
                return Reply(304)
            if error.reason == "invalid":
                print(request.method, request.raw_path, error.message, file=sys.stderr, flush=True)
            kind = "application/xml; charset=UTF-8" if is_xml else "application/json; charset=UTF-8"
            return Reply(error.status, error.as_xml() if is_xml else error.as_json(), {"Content-Type": kind})

    def check_token(self, request):
        if self.key and "X-Goog-Signature" in request.query:
            signing.check(request, self.key, self.account)
            request.query = {name: value for name, value in request.query.items() if not name.startswith("X-Goog-")}
            return
        shown = request.header("authorization")
        if not shown:
            raise errors.GcsError(401, "required", "Anonymous caller does not have storage access.")
        if shown != f"Bearer {self.token}":
            raise errors.GcsError(401, "authError", "Invalid Credentials")

    def route(self, request):
        for method, pattern, handle, _ in _ROUTES:
            match = re.fullmatch(pattern, request.raw_path)
            if match and method == request.method:
                return handle(self.store, request, *map(urllib.parse.unquote, match.groups()))
        raise errors.GcsError(405, "methodNotAllowed", f"the fake does not know {request.method} {request.raw_path}")
