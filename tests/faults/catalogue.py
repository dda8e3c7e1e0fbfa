#!/usr/bin/env python3
"""Every fault of the catalogue is proved by a test, and docs/guide/faults.md says so.

  tests/faults/catalogue.py           checks catalogue.json, and the page against it
  tests/faults/catalogue.py --write   writes the page

A test is named as "FILE: NAME": the NAME of a TEST_CASE of doctest, or of a row in a table of FILE. FILE must be
compiled, and the NAME be there.
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "guide" / "faults.md"
ROWS = range(1, 81)
CASES = range(76, 89)
TEXT = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
HEAD = """# The faults that are tested

What can go wrong between a call and its object, what the caller gets, and what must hold besides. After each of them
also: no descriptor is left open, no file is there but a whole one, the error names operation, object and attempts. The
list is [tests/faults/catalogue.json](../../tests/faults/catalogue.json), which names the tests that prove each line;
`tests/faults/catalogue.py` writes this page and fails where a proof is missing.

| | fault | what the caller gets | besides |
|---|---|---|---|
"""


def names_in(path, known={}):
    """The string literals of a file, with those that a line's end divides put together."""
    if path not in known:
        text = (ROOT / path).read_text(encoding="utf-8")
        known[path] = {literal.replace('\\"', '"') for literal in TEXT.findall(re.sub(r'"\s*\n\s*"', "", text))}
    return known[path]


def is_compiled(path):
    """Whether the CMakeLists.txt beside it names the file, as it is or without its "_test.cc"."""
    listing = (ROOT / path).parent / "CMakeLists.txt"
    words = re.findall(r"[\w.]+", listing.read_text(encoding="utf-8"))
    return (ROOT / path).name in words or (ROOT / path).stem.removesuffix("_test") in words


def problems_of(where, entry):
    if "not_applicable" in entry:
        return [] if entry["not_applicable"] else [f"{where}: not applicable, but why?"]
    if not entry.get("tests"):
        return [f"{where}: no test proves it"]
    found = []
    for test in entry["tests"]:
        path, _, name = test.partition(": ")
        if not (ROOT / path).is_file():
            found.append(f"{where}: there is no {path}")
        elif name not in names_in(path):
            found.append(f"{where}: {path} has no test {name!r}")
        elif path.endswith("_test.cc") and not is_compiled(path):
            found.append(f"{where}: {path} is not compiled")
    return found


def page_of(catalogue):
    lines = []
    for entry in catalogue["faults"]:
        outcome, holds = entry.get("outcome", "does not apply"), entry.get("holds", entry.get("not_applicable"))
        lines.append(f"| {entry['row']} | {entry['fault']} | {outcome} | {holds} |\n")
    return HEAD + "".join(lines)


def check(catalogue):
    found = []
    for kind, key, numbers in (("faults", "row", ROWS), ("conformance", "case", CASES)):
        if [entry[key] for entry in catalogue[kind]] != list(numbers):
            found.append(f"{kind}: there must be one entry for each of {numbers[0]} to {numbers[-1]}")
        for entry in catalogue[kind]:
            found += problems_of(f"{key} {entry[key]}", entry)
    return found


def self_test():
    here = "tests/faults/catalogue_test.cc"
    assert problems_of("a", {"tests": [f"{here}: no such test"]}), "a test that is not there passes"
    assert problems_of("b", {"tests": []}), "no test passes"
    assert problems_of("c", {"not_applicable": ""}), "no reason passes"
    assert not is_compiled("tests/faults/missing_test.cc"), "a file that is not compiled passes"


def main(arguments):
    catalogue = json.loads((pathlib.Path(__file__).parent / "catalogue.json").read_text(encoding="utf-8"))
    if arguments == ["--write"]:
        PAGE.write_text(page_of(catalogue), encoding="utf-8")
    self_test()
    found = check(catalogue)
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page_of(catalogue):
        found.append("docs/guide/faults.md is not what tests/faults/catalogue.py --write writes")
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(catalogue['faults'])} faults, {len(catalogue['conformance'])} cases, {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
