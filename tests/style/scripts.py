#!/usr/bin/env python3
"""What begins with #! is executable, and shellcheck has nothing against what of it is for a shell."""

import os
import re
import subprocess
import sys

import tree


def interpreter(path):
    with open(tree.ROOT / path, "rb") as file:
        return file.readline(100) if file.read(2) == b"#!" else b""


scripts = {path: line for path in tree.files() if not (tree.ROOT / path).is_symlink() and (line := interpreter(path))}
shell = [path for path, line in scripts.items() if re.search(rb"\b(ba|da)?sh\s*$", line)]
assert {"check", "scripts/setup", "tests/style/run"} <= set(map(str, shell)), "this check finds nothing"
found = [f"{path} begins with #!, but is not executable" for path in scripts if not os.access(tree.ROOT / path, os.X_OK)]
print(*found, sep="\n", end="\n" if found else "")
linted = subprocess.run(["shellcheck", "-x", "-S", "warning", *shell], cwd=tree.ROOT)
sys.exit(1 if found else linted.returncode)
