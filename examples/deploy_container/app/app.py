"""A small web application, for examples/deploy_container: a page at /, and at /health whether it is well.

Listens on PORT, or 5000, of HOST, or all addresses. It needs Python 3.8 and nothing else.
"""

import html
import http
import http.server
import json
import os
import platform
import signal
import sys
import threading
import time

PAGE = """<!doctype html>
<html lang="en">
<title>{greeting}</title>
<h1>{greeting}</h1>
<p>Served by {host}, up for {seconds} s, to {count} visitors.</p>
</html>
"""


class Application:
    def __init__(self, greeting):
        self._greeting = greeting
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._visitors = 0

    def page(self):
        with self._lock:
            self._visitors += 1
            count = self._visitors
        text = PAGE.format(greeting=html.escape(self._greeting), host=html.escape(platform.node()),
                           seconds=self._uptime(), count=count)
        return "text/html; charset=utf-8", text

    def health(self):
        return "application/json", json.dumps({"status": "ok", "uptime_seconds": self._uptime()}) + "\n"

    def _uptime(self):
        return int(time.monotonic() - self._began)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30  # An idle connection holds a thread no longer.
    application = None

    def do_GET(self):
        pages = {"/": self.application.page, "/health": self.application.health}
        path = self.path.partition("?")[0]
        if path in pages:
            self._reply(http.HTTPStatus.OK, *pages[path]())
        else:
            self._reply(http.HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", "not found\n")

    do_HEAD = do_GET

    def _reply(self, status, kind, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def version_string(self):
        return "app"


def port_of(text):
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        sys.exit(f"app: PORT is no port from 1 to 65535: {text!r}")
    return int(text)


def main():
    port = port_of(os.environ.get("PORT") or "5000")
    host = os.environ.get("HOST", "")
    Handler.application = Application(os.environ.get("GREETING") or "Hello from a container")
    try:
        server = http.server.ThreadingHTTPServer((host, port), Handler)
    except OSError as error:
        sys.exit(f"app: cannot listen on {host or 'all addresses'}, port {port}: {error.strerror}")
    # The first process of a container is not ended by signals that it does not handle.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"app: listening on {host or 'all addresses'}, port {port}", flush=True)
    with server:
        server.serve_forever(poll_interval=0.1)
    print("app: ended", flush=True)


if __name__ == "__main__":
    main()
