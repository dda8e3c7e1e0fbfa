"""Starts the server and says where it is: python3 -m fake_functions --key KEY:SECRET [--port N] [--region R]…"""

import argparse
import dataclasses
import sys

from .knobs import Knobs
from .service import make_server


def main():
    parser = argparse.ArgumentParser(prog="fake_functions", description="Strict fakes of what functions on AWS need")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key", action="append", required=True, help="ACCESS_KEY:SECRET or ACCESS_KEY:SECRET:TOKEN")
    parser.add_argument("--region", action="append")
    for field in dataclasses.fields(Knobs):
        parser.add_argument("--" + field.name.replace("_", "-"), type=int, default=field.default)
    options = parser.parse_args()
    keys = {}
    for text in options.key:
        name, secret, *token = text.split(":")
        keys[name] = (secret, token[0] if token else None)
    knobs = Knobs(**{field.name: getattr(options, field.name) for field in dataclasses.fields(Knobs)})
    server = make_server(keys, options.region or ["us-east-1", "us-west-2", "eu-central-1"], knobs, options.port)
    print(server.url, flush=True)
    server.serve()


if __name__ == "__main__":
    sys.exit(main())
