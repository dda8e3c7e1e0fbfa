#!/usr/bin/env python3
"""The reference builds without a warning: every public symbol has a comment, and the names in comments exist."""

import re
import subprocess
import sys

import tree

DOXYFILE = "docs/reference/Doxyfile"
TRAP = """#pragma once
/// A header without comments where they must be.
namespace cloudkit::inline v0 {
enum class Kind { one };
using Alias = int;
void function();
/// A struct.
struct Trap {
  int member = 0;  ///< Has one.
  int other = 0;
  Kind method() const;
  friend bool operator==(const Trap&, const Trap&) = default;
};
}  // namespace cloudkit::inline v0
"""
UNDOCUMENTED = ["Alias", "Kind", "function", "method", "other"]
COMMENT = re.compile(r"//.*")
QUALIFIED = re.compile(r"`([A-Z]\w+)::(\w+)")


def doxygen(*options):
    """What it complains about."""
    settings = "\n".join([f"@INCLUDE = {DOXYFILE}", *options])
    result = subprocess.run(["doxygen", "-"], cwd=tree.ROOT, input=settings, capture_output=True, text=True)
    said = result.stderr.strip().splitlines()
    return said or ([f"doxygen: exit code {result.returncode}"] if result.returncode else [])


def gaps_of_trap():
    trap = tree.ROOT / "build/style/trap.h"
    trap.parent.mkdir(parents=True, exist_ok=True)
    trap.write_text(TRAP, encoding="utf-8")
    said = doxygen(f"INPUT = {trap}", f"OUTPUT_DIRECTORY = {trap.parent}")
    return sorted(name for line in said for name in re.findall(r"Member (\w+)\b.* is not documented", line))


def stale_names(headers):
    """`Type::member` in a comment, where no header declares the one or the other."""
    code = "\n".join(COMMENT.sub("", text) for text in headers.values())
    declared = set(re.findall(r"\w+", code))
    for path, text in headers.items():
        for number, line in enumerate(text.splitlines(), 1):
            comment = COMMENT.search(line)
            for names in QUALIFIED.findall(comment[0] if comment else ""):
                if not declared.issuperset(names):
                    yield f"{path}:{number}: there is no {'::'.join(names)}"


def main():
    headers = {path: (tree.ROOT / path).read_text(encoding="utf-8")
               for path in tree.files(suffixes={".h"}) if path.parts[0] == "include"}
    found = [*doxygen(), *stale_names(headers)]
    if gaps_of_trap() != UNDOCUMENTED or not list(stale_names({"trap": "/// `Trap::member`"})):
        found.append("a header without comments passes: the check has no teeth")
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(headers)} headers")
    return 1 if found else 0


sys.exit(main())
