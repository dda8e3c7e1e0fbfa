"""The instructions of Google's retry conformance tests, for requests below /_retry/ID.

https://github.com/googleapis/conformance-tests/blob/main/storage/v1/retry_tests.json
"""

import json
import re
import secrets
import threading

from . import errors
from .exchange import Reply, json_reply


class Fault:
    def __init__(self, text):
        self.text = text

    def meets(self, request):
        """What comes after some bytes of a session waits for the chunk that has the last of them."""
        if self.text == "lose-reply-of-end":
            return bool(re.fullmatch(r"bytes .*/\d+", request.header("content-range")))
        after = re.fullmatch(r"return-\d{3}-after-(\d+)K", self.text)
        if not after:
            return True
        chunk = re.fullmatch(r"bytes \d+-(\d+)/.*", request.header("content-range"))
        return bool(chunk) and int(chunk[1]) + 1 >= int(after[1]) * 1024

    def apply(self, handler, answer, request):
        """Answers as the instruction says."""
        if self.text == "return-reset-connection":
            return handler.reset()
        if self.text.startswith("lose-reply"):  # Not Google's: what was asked for has happened.
            answer(request)
            return handler.reset()
        if self.text == "return-503-and-do":  # Nor is this.
            answer(request)
            return Fault("return-503").apply(handler, answer, request)
        if match := re.fullmatch(r"return-(\d{3})-after-(\d+)K", self.text):
            return self._refuse_after(int(match[1]), int(match[2]) * 1024, handler, answer, request)
        if match := re.fullmatch(r"return-(\d{3})", self.text):
            error = errors.GcsError(int(match[1]), "backendError" if match[1] == "503" else "retryTest", self.text)
            return handler.send(Reply(error.status, error.as_json(), {"Content-Type": "application/json"}))
        after = int(match[1]) * 1024 if (match := re.fullmatch(r"return-broken-stream-after-(\d+)K", self.text)) else 0
        return handler.send(answer(request), cut_after=after)

    @staticmethod
    def _refuse_after(status, most, handler, answer, request):
        """Of a chunk some bytes are kept."""
        match = re.fullmatch(r"bytes (\d+)-(\d+)/.*", request.header("content-range"))
        if match and int(match[1]) < most:
            kept = most - int(match[1])
            request.body = request.body[:kept]
            request.headers["content-range"] = f"bytes {match[1]}-{int(match[1]) + len(request.body) - 1}/*"
            answer(request)
        error = errors.GcsError(status, "backendError", "after some bytes")
        return handler.send(Reply(status, error.as_json(), {"Content-Type": "application/json"}))


class Faults:
    def __init__(self):
        self._lock = threading.Lock()
        self._scenarios = {}

    @staticmethod
    def strip(path):
        match = re.match(r"/_retry/([0-9a-f]+)(/.*)", path)
        return (match[2], match[1]) if match else (path, None)

    def control(self, request):
        """POST {"instructions": {METHOD: [TEXT…]}} makes a scenario; GET /_fake/retry/ID says what is left."""
        with self._lock:
            if request.method == "POST" and request.raw_path == "/_fake/retry":
                scenario = secrets.token_hex(8)
                self._scenarios[scenario] = json.loads(request.body)["instructions"]
                return json_reply({"id": scenario})
            left = self._scenarios.get(request.raw_path.rpartition("/")[2], {})
            return json_reply({"left": sum(map(len, left.values()))})

    def next(self, scenario, operation, request):
        with self._lock:
            queue = self._scenarios.get(scenario, {}).get(operation)
            if not queue or not Fault(queue[0]).meets(request):
                return None
            return Fault(queue.pop(0))
