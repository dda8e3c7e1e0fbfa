"""Starts the server and says where it is: python3 -m fake_azure --account NAME:KEY [--token TOKEN]… [--port N]"""

import argparse
import dataclasses
import sys

from fake_s3.command_line import settings_of
from fake_s3.server import Server

from .authorize import key_of
from .limits import Limits
from .service import Service


def main():
    parser = argparse.ArgumentParser(prog="fake_azure", description="A strict Blob service in memory")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--account", action="append", required=True, help="NAME:KEY, the key in base64")
    parser.add_argument("--token", action="append", default=[], help="one that is taken as a token of Entra ID")
    for field in dataclasses.fields(Limits):
        parser.add_argument("--" + field.name.replace("_", "-"), type=type(field.default), default=field.default)
    options = parser.parse_args()
    accounts = {name: key_of(key) for name, _, key in (text.partition(":") for text in options.account)}
    server = Server(Service(accounts, options.token, settings_of(options, Limits)), ("127.0.0.1", options.port))
    print(server.url, flush=True)
    server.serve()


if __name__ == "__main__":
    sys.exit(main())
