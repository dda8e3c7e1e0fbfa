"""Starts the server and says where it is: python3 -m fake_gcs --token TOKEN [--port N] [--account FILE]…"""

import argparse
import json
import pathlib
import sys

from .server import Server
from .store import Store


def main():
    parser = argparse.ArgumentParser("fake_gcs", description="A strict Cloud Storage in memory")
    parser.add_argument("--token", required=True, help="the one that opens it")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--rewrite-step", type=int, default=4 << 20, help="how much one rewrite copies at most")
    parser.add_argument("--mean", action="store_true", help="keep less of chunks, refuse the second write of an object")
    parser.add_argument("--account", help="the file of the service account that signs URLs")
    options = parser.parse_args()
    account = json.loads(pathlib.Path(options.account).read_text(encoding="utf-8")) if options.account else None
    server = Server(Store(options.rewrite_step, options.mean), options.token, options.port, account)
    print(server.url, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
