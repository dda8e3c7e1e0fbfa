"""The application of examples/deploy_container, run as a process: what its container runs."""

import json
import os
import signal
import subprocess
import sys
import unittest

from docker_engine import APP, fetch, fetched, free_port


class Application(unittest.TestCase):
    def start(self, **environment):
        app = subprocess.Popen([sys.executable, "app.py"], cwd=APP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               env={"PATH": os.environ["PATH"], "HOST": "127.0.0.1", **environment})
        self.addCleanup(app.stdout.close)
        self.addCleanup(app.wait)
        self.addCleanup(app.kill)
        return app

    def serve(self, **environment):
        """(the process, its URL)"""
        port = free_port()
        app, url = self.start(PORT=str(port), **environment), f"http://127.0.0.1:{port}"
        fetched(url + "/health")
        return app, url

    def test_pages(self):
        _, url = self.serve()
        status, text, headers = fetch(url + "/")
        self.assertEqual((status, headers["Content-Type"]), (200, "text/html; charset=utf-8"))
        self.assertIn("<h1>Hello from a container</h1>", text)
        self.assertIn("to 1 visitors", text)
        self.assertIn("to 2 visitors", fetch(url + "/?from=here")[1])
        status, text, headers = fetch(url + "/health")
        self.assertEqual((status, headers["Content-Type"]), (200, "application/json"))
        self.assertEqual(json.loads(text)["status"], "ok")
        self.assertEqual(fetch(url + "/none")[0], 404)
        status, text, headers = fetch(url + "/", method="HEAD")
        self.assertEqual((status, text), (200, ""))
        self.assertGreater(int(headers["Content-Length"]), 0)
        self.assertEqual(fetch(url + "/", method="POST", data=b"x")[0], 501)

    def test_a_greeting_is_text(self):
        _, url = self.serve(GREETING="<b>&\U0001F30D")
        self.assertIn("<h1>&lt;b&gt;&amp;\U0001F30D</h1>", fetch(url + "/")[1])

    def test_it_ends_when_it_is_asked_to(self):
        app, _ = self.serve()
        app.send_signal(signal.SIGTERM)
        self.assertEqual(app.wait(10), 0)
        self.assertIn("app: ended", app.stdout.read())

    def test_bad_ports(self):
        for port in ("http", "0", "65536", "-1", "\u0665"):
            app = self.start(PORT=port)
            self.assertEqual(app.wait(10), 1)
            self.assertIn("app: PORT is no port from 1 to 65535", app.stdout.read())
        _, url = self.serve()
        taken = self.start(PORT=url.rpartition(":")[2])
        self.assertEqual(taken.wait(10), 1)
        self.assertIn("Address already in use", taken.stdout.read())


if __name__ == "__main__":
    unittest.main()
