"""Starts the server and says where it is: python3 -m fake_s3 --key KEY:SECRET [--port N] [--region R]…"""

import argparse
import dataclasses
import sys

from .limits import Limits
from .server import Server
from .service import Service


def main():
    parser = argparse.ArgumentParser(prog="fake_s3", description="A strict S3 in memory")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key", action="append", required=True, help="ACCESS_KEY:SECRET or ACCESS_KEY:SECRET:TOKEN")
    parser.add_argument("--region", action="append", help="where the service is; the first is the nearest")
    parser.add_argument("--certificate", help="with --certificate-key: serve https")
    parser.add_argument("--certificate-key")
    for field in dataclasses.fields(Limits):
        parser.add_argument("--" + field.name.replace("_", "-"), type=int, default=field.default)
    options = parser.parse_args()
    keys = {}
    for text in options.key:
        name, secret, *token = text.split(":")
        keys[name] = (secret, token[0] if token else None)
    limits = Limits(**{field.name: getattr(options, field.name) for field in dataclasses.fields(Limits)})
    tls = (options.certificate, options.certificate_key) if options.certificate else None
    service = Service(keys, options.region or ["us-east-1", "us-west-2", "eu-central-1"], limits)
    server = Server(service, ("127.0.0.1", options.port), tls)
    print(server.url, flush=True)
    server.serve()


if __name__ == "__main__":
    sys.exit(main())
