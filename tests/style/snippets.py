#!/usr/bin/env python3
"""The C++ in README.md and docs/ compiles, and so does the Python.

A fence that includes headers is a file. Any other is the body of a function that has a `bucket`, a `store`, a
`FunctionRuntime functions` and a `Compute compute`, after <cloudkit/all.h> and the headers about functions; these are
compiled at once.
"""

import re
import sys

import compiler
import tree

FENCE = re.compile(r"^```(cpp|c\+\+|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
BEFORE = """#include <cloudkit/all.h>
#include <cloudkit/function_runtime.h>

#include <chrono>
#include <iostream>

using namespace std::chrono_literals;
"""
BODY = """
[[maybe_unused]] static void snippet_{number}([[maybe_unused]] cloudkit::Bucket bucket, [[maybe_unused]] cloudkit::ObjectStore store,
                                     [[maybe_unused]] cloudkit::FunctionRuntime functions,
                                     [[maybe_unused]] cloudkit::Compute compute) {{
{text}}}
"""


def marked(document, line, text):
    return f'#line {line} "{document}"\n{text}'


def bodies(snippets):
    return BEFORE + "".join(BODY.format(number=number, text=text) for number, text in enumerate(snippets))


def python_problem(name, text):
    try:
        compile(text, name, "exec")
    except SyntaxError as error:
        return f"{name}: {error}\n"
    return None


def main():
    units, functions, python = {}, [], {}
    for path in tree.files(suffixes={".md"}):
        if path.name.startswith("README") and len(path.parts) == 1 or path.parts[0] == "docs":
            text = (tree.ROOT / path).read_text(encoding="utf-8")
            for fence in FENCE.finditer(text):
                line = text.count("\n", 0, fence.start()) + 2
                if fence[1] == "python":
                    python[f"{path}:{line}"] = fence[2]
                elif fence[2].lstrip().startswith("#include"):
                    units[f"{path}:{line}"] = marked(path, line, fence[2])
                else:
                    functions.append(marked(path, line, fence[2]))
    units["bodies of functions"] = bodies(functions)
    # A reader copies a snippet: it must compile, not be free of what an example leaves unused.
    found = compiler.problems(units, flags=["-Wall", "-Wno-unused", "-Werror"])
    found += filter(None, map(python_problem, python, python.values()))
    if not compiler.problems({"trap": bodies([marked("trap", 1, "bucket.no_such_member();\n")])}):
        found.append("a wrong snippet compiles: the check has no teeth\n")
    if not python_problem("trap", "def"):
        found.append("wrong Python compiles: the check has no teeth\n")
    print(*found, sep="", end="")
    print(f"{len(units) - 1 + len(functions)} snippets, {len(python)} of Python")
    return 1 if found else 0


sys.exit(main())
