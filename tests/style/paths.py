#!/usr/bin/env python3
"""No file names a place that exists on its author's machine only."""

import re
import sys

import tree

# A home directory, or what lies beside the repository.
ELSEWHERE = re.compile(r"/hom[e]/(?!user\b|me\b|ada\b)\w+/|/User[s]/\w+/|/roo[t]/|(^|[\s\"'(`])(\.\./){4,}\w")
assert ELSEWHERE.search("see /home/" + "somebody/notes"), "this check finds nothing"

found = []
for path in tree.files():
    try:
        lines = (tree.ROOT / path).read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        continue
    found += [f"{path}:{number}: {line.strip()}" for number, line in enumerate(lines, 1) if ELSEWHERE.search(line)]
print(*found, sep="\n", end="\n" if found else "")
sys.exit(1 if found else 0)
