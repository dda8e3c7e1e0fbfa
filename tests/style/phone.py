#!/usr/bin/env python3
"""On a phone, 390 pixels wide, no page of the built site scrolls sideways: wide tables and code do it by themselves.

Asks Chromium, which loads each page into a frame of that width, and says what it measured.
"""
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading

import tree

SITE = tree.ROOT / "build/site"
TRAP = "<!doctype html><div style='width: 600px'>wide</div>"
HARNESS = """<!doctype html><iframe id=frame width=390 height=844></iframe><script>
(async () => {
  const found = {};
  for (const page of PAGES) {
    await new Promise(loaded => { frame.onload = loaded; frame.src = page; });
    await new Promise(settled => setTimeout(settled, 50));
    const root = frame.contentDocument.documentElement;
    found[page] = [root.clientWidth, root.scrollWidth];
  }
  fetch('/found', {method: 'POST', body: JSON.stringify(found)});
})();
</script>"""

# The pages of the guide. Files of the repository are shown in the same ways; the reference is Doxygen's.
OTHERS = {"source", "reference"}
pages = [str(path.relative_to(SITE)) for path in sorted(SITE.rglob("*.html")) if path.relative_to(SITE).parts[0] not in OTHERS]
measured = {}
done = threading.Event()


class Server(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *arguments):
        super().__init__(*arguments, directory=str(SITE))

    def do_GET(self):
        made = {"/harness": HARNESS.replace("PAGES", json.dumps(["/trap", *pages])), "/trap": TRAP}.get(self.path)
        if made is None:
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        return self.wfile.write(made.encode())

    def do_POST(self):
        measured.update(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()
        done.set()

    def log_message(self, *_):
        pass


def ask(browser):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        process = subprocess.Popen([browser, "--headless=new", *sandbox, "--disable-gpu", f"--user-data-dir={profile}",
                                    f"http://127.0.0.1:{server.server_port}/harness"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        answered = done.wait(300)
        process.terminate()
        process.wait()
    return answered


browser = shutil.which("chromium") or shutil.which("google-chrome")
if browser is None:
    print("skipped: there is no Chromium (scripts/setup browser)")
    sys.exit(1 if os.environ.get("CI") == "true" else 0)
if not ask(browser):
    sys.exit("Chromium has not answered within 300 s")
wide = {page: widths for page, widths in measured.items() if widths[1] > widths[0]}
found = [f"{page}: {widths[1]} pixels wide, of {widths[0]}" for page, widths in wide.items() if page != "/trap"]
if "/trap" not in wide or len(measured) != len(pages) + 1:
    found.append("a page that is too wide passes: the check has no teeth")
print(*found, sep="\n", end="\n" if found else "")
print(f"{len(pages)} pages at 390 pixels")
sys.exit(1 if found else 0)
