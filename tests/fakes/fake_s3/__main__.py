"""Starts the server and says where it is: python3 -m fake_s3 --key KEY:SECRET [--port N] [--region R]…"""

import sys

from . import command_line
from .limits import Limits
from .server import Server
from .service import Service


def main():
    parser = command_line.make_parser("fake_s3", "A strict S3 in memory", Limits)
    parser.add_argument("--certificate", help="with --certificate-key: serve https")
    parser.add_argument("--certificate-key")
    options = parser.parse_args()
    tls = (options.certificate, options.certificate_key) if options.certificate else None
    service = Service(command_line.keys_of(options), options.region or command_line.REGIONS,
                      command_line.settings_of(options, Limits))
    server = Server(service, ("127.0.0.1", options.port), tls)
    print(server.url, flush=True)
    server.serve()


if __name__ == "__main__":
    sys.exit(main())
