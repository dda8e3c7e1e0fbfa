"""Starts the server and says where it is: python3 -m fake_functions --key KEY:SECRET [--port N] [--region R]…"""

import sys

from fake_s3 import command_line

from .knobs import Knobs
from .service import make_server


def main():
    parser = command_line.make_parser("fake_functions", "Strict fakes of what functions on AWS need", Knobs)
    options = parser.parse_args()
    server = make_server(command_line.keys_of(options), options.region or command_line.REGIONS,
                         command_line.settings_of(options, Knobs), options.port)
    print(server.url, flush=True)
    server.serve()


if __name__ == "__main__":
    sys.exit(main())
