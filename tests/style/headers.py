#!/usr/bin/env python3
"""Every public header compiles alone, twice, and after macros that other headers leave behind."""

import re
import sys

import compiler
import tree

# Of windows.h, of old BSD and glibc headers, and of careless programs.
HOSTILE = """
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define small char
#define near
#define far
#define interface struct
#define IN
#define OUT
#define OPTIONAL
#define CONST const
#define VOID void
#define TRUE 1
#define FALSE 0
#define ERROR 0
#define DELETE 0x00010000L
#define NO_ERROR 0L
#define STRICT 1
#define CALLBACK
#define GetObject GetObjectA
#define GetMessage GetMessageA
#define CreateFile CreateFileA
#define DeleteFile DeleteFileA
#define CopyFile CopyFileA
#define SendMessage SendMessageA
#define major(dev) ((dev) >> 8)
#define minor(dev) ((dev) & 255)
#define linux 1
#define unix 1
#define DEBUG 1
#define LOG(x) (x)
#define CHECK(x) (x)
#define log_info(x) (x)
"""


def main():
    headers = [path.relative_to("include").as_posix() for path in tree.files(suffixes={".h"}) if path.parts[0] == "include"]
    units = {f"{header} alone": f"#include <{header}>\n#include <{header}>\n" for header in headers}

    standard = set()
    for header in headers:
        standard |= set(re.findall(r"#include <([a-z_]+)>", (tree.ROOT / "include" / header).read_text()))
    before = "".join(f"#include <{name}>\n" for name in sorted(standard))
    after = "".join(f"#include <{header}>\n" for header in headers)
    units["all headers after hostile macros"] = before + HOSTILE + after

    found = compiler.problems(units)
    # The check itself: a header that is not guarded against max() must be caught.
    trap = {"trap": before + HOSTILE + "inline int f() { return std::numeric_limits<int>::max(); }\n"}
    if not compiler.problems(trap):
        found.append("the hostile macros do no harm: the check has no teeth\n")
    print(*found, sep="", end="")
    return 1 if found or not headers else 0


sys.exit(main())
