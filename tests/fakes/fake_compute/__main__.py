"""Starts the server and says where it is: python3 -m fake_compute --key KEY:SECRET [--port N] [--region R]…"""

import signal
import sys

from fake_s3 import command_line

from .knobs import Knobs
from .service import make_server


def main():
    parser = command_line.make_parser("fake_compute", "Strict fakes of what machines on AWS need", Knobs)
    parser.add_argument("--directory", help="where machines have their files; a temporary one by default")
    parser.add_argument("--path", action="append", default=[], help="a directory of programs that machines find first")
    options = parser.parse_args()
    server = make_server(command_line.keys_of(options), options.region or command_line.REGIONS,
                         command_line.settings_of(options, Knobs), options.port,
                         directory=options.directory, path=options.path)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(server.url, flush=True)
    try:
        server.serve()
    finally:
        server.service.close()


if __name__ == "__main__":
    sys.exit(main())
