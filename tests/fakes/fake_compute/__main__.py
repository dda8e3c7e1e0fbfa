"""Starts the server and says where it is: python3 -m fake_compute --key KEY:SECRET [--port N] [--region R]…"""

import argparse
import dataclasses
import signal
import sys

from .knobs import Knobs
from .service import make_server


def main():
    parser = argparse.ArgumentParser(prog="fake_compute", description="Strict fakes of what machines on AWS need")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key", action="append", required=True, help="ACCESS_KEY:SECRET or ACCESS_KEY:SECRET:TOKEN")
    parser.add_argument("--region", action="append")
    parser.add_argument("--directory", help="where machines have their files; a temporary one by default")
    parser.add_argument("--path", action="append", default=[], help="a directory of programs that machines find first")
    for field in dataclasses.fields(Knobs):
        parser.add_argument("--" + field.name.replace("_", "-"), type=type(field.default), default=field.default)
    options = parser.parse_args()
    keys = {}
    for text in options.key:
        name, secret, *token = text.split(":")
        keys[name] = (secret, token[0] if token else None)
    knobs = Knobs(**{field.name: getattr(options, field.name) for field in dataclasses.fields(Knobs)})
    server = make_server(keys, options.region or ["us-east-1", "us-west-2", "eu-central-1"], knobs, options.port,
                         directory=options.directory, path=options.path)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(server.url, flush=True)
    try:
        server.serve()
    finally:
        server.service.close()


if __name__ == "__main__":
    sys.exit(main())
