#!/usr/bin/env python3
"""clang-tidy over src/, several of the compiler's units as one: most of its time goes into the headers that all of them read.

After `cmake --preset asan`."""

import concurrent.futures
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys

import tree

BUILD = tree.ROOT / "build" / "asan"
WORK = BUILD / "tidy"
AT_ONCE = 4
TIDY = ["clang-tidy-19", "-quiet", "-checks=-bugprone-suspicious-include", "-extra-arg=-Wno-unknown-warning-option",
        "-extra-arg=-Wno-deprecated-declarations"]

TRAP = """#include <string>
#include <utility>
std::string trap(std::string text) {
  std::string other = std::move(text);
  return other + text;
}
"""


def is_ours(path):
    if path.is_relative_to(BUILD / "src"):
        return path.stem.startswith("unity_")
    return path.is_relative_to(tree.ROOT / "src") and "supervisor_program" not in path.name


def arguments_of(entry):
    """How its sources are read: without compiler cache, input and output."""
    words = shlex.split(entry["command"])
    words = words[1:] if pathlib.Path(words[0]).name == "ccache" else words
    for option in ("-o", "-c"):
        at = words.index(option)
        del words[at:at + 2]
    return tuple(words)


def sources_by_arguments():
    groups = {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        if is_ours(pathlib.Path(entry["file"])):
            groups.setdefault(arguments_of(entry), set()).add(entry["file"])
    return {arguments: sorted(sources) for arguments, sources in groups.items()}


def write_units(groups):
    """Each group's sources in as many units as it takes; those of one folder, whose names may be the same, in several."""
    units, commands = {}, []
    for arguments, sources in groups.items():
        count = -(-len(sources) // AT_ONCE)
        for first in range(count):
            unit = WORK / f"unit_{len(units)}.cxx"
            units[unit] = sources[first::count]
            unit.write_text("".join(f'#include "{source}"\n' for source in units[unit]))
            commands += [{"directory": str(BUILD), "file": str(source), "arguments": [*arguments, "-c", str(source)]}
                         for source in (unit, *units[unit])]
    (WORK / "compile_commands.json").write_text(json.dumps(commands))
    return units


def findings(source):
    run = subprocess.run([*TIDY, "-p", WORK, source], capture_output=True, text=True)
    return (run.stdout or run.stderr) if run.returncode else ""


def look_at(unit, sources):
    found = findings(unit)
    if "clang-diagnostic-error" in found and len(sources) > 1:
        # Two of them declare one name: that is no fault.
        found = "".join(findings(source) for source in sources)
    return found


def catches_a_trap(arguments):
    (WORK / "src").mkdir()
    (WORK / "src" / "trap.cc").write_text(TRAP)
    trap = WORK / "trap.cxx"
    trap.write_text('#include "src/trap.cc"\n')
    run = subprocess.run([*TIDY, trap, "--", *arguments[1:]], capture_output=True, text=True)
    return "bugprone-use-after-move" in run.stdout


def main():
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir()
    groups = sources_by_arguments()
    if not groups or not catches_a_trap(next(iter(groups))):
        sys.exit("tidy finds nothing where there is something: is clang-tidy-19 here, and `cmake --preset asan` run?")
    units = write_units(groups)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = "".join(pool.map(look_at, units, units.values()))
    print(found, end="")
    print(f"tidy: {sum(map(len, units.values()))} sources in {len(units)} units")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
