"""What cloud-init itself understands of user data: decode_cloud_config.py FILE DIRECTORY

Writes DIRECTORY/config (JSON), DIRECTORY/runcmd (the shell script that it would run) and DIRECTORY/0, 1, … (the
contents of write_files). Of the system's Python, which has cloud-init's modules.
"""

import json
import pathlib
import sys

from cloudinit import util
from cloudinit.config import cc_write_files

data = util.decomp_gzip(pathlib.Path(sys.argv[1]).read_bytes(), quiet=True, decode=False)
config = util.load_yaml(data)
directory = pathlib.Path(sys.argv[2])
for number, file in enumerate(config.get("write_files", [])):
    encodings = cc_write_files.canonicalize_extraction(file.get("encoding"))
    (directory / str(number)).write_bytes(util.encode_text(cc_write_files.extract_contents(file["content"], encodings)))
if "runcmd" in config:
    (directory / "runcmd").write_text(util.shellify(config["runcmd"]))
(directory / "config").write_text(json.dumps(config))
