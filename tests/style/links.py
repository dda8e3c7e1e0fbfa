#!/usr/bin/env python3
"""Every link of a page to a file, or to a heading, leads somewhere; and every page of the guide and every
example, with each package that it asks for, is in docs/README.md."""
import re
import sys

import tree

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def anchors(text):
    """As forges make them of headings."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def problems(path, text, read):
    for target in LINK.findall(FENCE.sub("", text)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        page = read(path.parent / name) if name else text
        if page is None:
            yield f"{path}: there is no {target}"
        elif anchor and anchor not in anchors(page):
            yield f"{path}: {target} has no such heading"


def read(path):
    """None: there is no such file or directory."""
    there = (tree.ROOT / path).resolve()
    if there.is_dir():
        return ""
    return there.read_text(encoding="utf-8", errors="replace") if there.is_file() else None


pages = {path: (tree.ROOT / path).read_text(encoding="utf-8") for path in tree.files(suffixes={".md"})}
found = [problem for path, text in pages.items() for problem in problems(path, text, read)]
index = pages[next(path for path in pages if path.as_posix() == "docs/README.md")]
found += [f"{path}: docs/README.md does not list it" for path in pages
          if path.parts[:2] == ("docs", "guide") and f"(guide/{path.name})" not in index]
# What else than cloudkit an example's build asks for, by the name that pages give it.
PACKAGES = {"CLI11": "CLI11", "ZLIB": "zlib", "doctest": "doctest", "nlohmann_json": "nlohmann-json"}
for build in (tree.ROOT / "examples").glob("*/CMakeLists.txt"):
    asked = set(re.findall(r"find_package\((\w+)", build.read_text(encoding="utf-8"))) - {"cloudkit"}
    row = next((line for line in index.splitlines() if f"(../examples/{build.parent.name})" in line), "")
    found += [f"docs/README.md: the example {build.parent.name} is not listed"] if not row else []
    found += [f"docs/README.md: {build.parent.name} needs {PACKAGES.get(name, name)}, too" for name in sorted(asked)
              if row and PACKAGES.get(name, name) not in row]
trap = next(iter(pages))
if not list(problems(trap, "[x](no-such-file.md) [y](#no-such-heading)", read)):
    found.append("a link to nothing passes: the check has no teeth")
print(*found, sep="\n", end="\n" if found else "")
sys.exit(1 if found else 0)
