#!/usr/bin/env python3
"""Who may include whom (docs/decisions/0002), third-party headers, and how long a file may be.

  layers.py               checks the tree
  layers.py --self-test   proves that each kind of violation is caught
"""

import pathlib
import re
import sys
import tempfile

import tree

LINES_PER_FILE = 400

# What every layer may see of the public headers: values, not handles.
VOCABULARY = {"result.h", "error.h", "context.h", "bytes.h", "io.h", "log.h", "observer.h", "object_types.h", "credentials.h", "export.h",
              "http_options.h", "finding.h", "bandwidth_limit.h", "hedge.h", "probe.h", "function_types.h", "compute_types.h"}
BACKENDS = ("aws", "gcp", "azure", "local", "memory", "ssh")

# Folder of src/: the folders that it may include, and the public headers beyond the vocabulary.
LAYERS = {
    "core": ({"core"}, {"driver/http.h", "driver/object_store.h"}),
    "codec": ({"codec", "core"}, set()),
    "crypto": ({"crypto", "core"}, set()),
    "http": ({"http", "crypto", "codec", "core"}, {"driver/http.h"}),
    # Of a folder within a folder its own line counts: what includes it gets nothing of the outer one.
    "http/loopback": ({"http/loopback", "core"}, {"driver/http.h"}),
    # What the drivers of object stores share.
    "http/object": ({"http/object", "http", "crypto", "codec", "core"}, {"driver/http.h", "driver/object_store.h"}),
    "auth": ({"auth", "http", "crypto", "codec", "core"}, {"driver/http.h"}),
    "object_store": ({"object_store", "crypto", "codec", "core"}, {"object_store.h", "object_stream.h", "stream.h", "driver/object_store.h"}),
    # Of the handles' own: the crew that transfers objects several at once, and files as sources.
    "sync": ({"sync", "object_store/transfer", "object_store", "crypto", "codec", "core"}, {"sync.h", "object_store.h", "version.h"}),
    "serve": ({"serve", "http/loopback", "codec", "core"}, {"serve.h"}),
    "function_runtime": ({"function_runtime", "crypto", "codec", "core"}, {"function_runtime.h", "driver/function_runtime.h"}),
    # http, to look whether a machine answers.
    "compute": ({"compute", "http", "crypto", "codec", "core"}, {"compute.h", "cloud_init.h", "driver/compute.h", "driver/http.h"}),
    # Of the handles themselves it has their checks: a plan says what is wrong before anything is made.
    "stack": ({"stack", "compute", "function_runtime", "crypto", "codec", "core"}, {"stack.h", "stack_types.h", "stack_file.h", "compute.h", "function_runtime.h", "object_store.h"}),
    # It is for everybody's backends, so it lives on what everybody has.
    "testing": ({"testing"}, {"testing/case_result.h", "testing/conformance.h", "testing/test_bucket.h", "memory.h", "driver/forwarding_bucket.h", "testing/function_conformance.h", "object_store.h", "stream.h", "driver/object_store.h",
                                                       "function_runtime.h", "driver/function_runtime.h", "testing/compute_conformance.h", "compute.h", "driver/compute.h"}),
}
for backend in BACKENDS:
    # open.h for what a backend registers: Url and BucketLocation.
    LAYERS[backend] = ({backend, "auth", "http/object", "http", "crypto", "codec", "core"},
                       {f"{backend}.h", f"{backend}_functions.h", f"{backend}_compute.h", "open.h", "driver/http.h", "driver/object_store.h",
                        "driver/function_runtime.h", "driver/compute.h"})
# Handlers of functions that live in the process, and the events that an endpoint makes.
LAYERS["memory"][1].add("serve.h")
LAYERS["local"][1].add("serve.h")
LAYERS["local"][0].add("http/loopback")
LAYERS["codec"][1].add("serve.h")
LAYERS["aws"][1].add("aws_service_client.h")

# Public headers that drivers are written against: they see no handle.
DRIVER_HEADERS = VOCABULARY | {"driver/http.h", "driver/object_store.h", "driver/function_runtime.h",
                                "driver/compute.h"}

# Third-party header: the folders that may include it.
THIRD_PARTY = {
    r"curl/": ("src/http/", "benchmarks/"),
    r"openssl/": ("src/crypto/", "tests/", "benchmarks/"),
    r"pugixml\.hpp": ("src/codec/",),
    r"nlohmann/": ("src/codec/", "tests/", "examples/deploy_container/", "examples/http_backend/"),
    r"fmt/(format|ranges)\.h": ("src/", "tests/", "benchmarks/", "fuzz/", "tools/"),
    r"zip\.h": ("src/codec/",),
    r"zlib\.h": ("src/codec/", "examples/watch/"),
    r"date/": ("src/core/next_fire.cc",),
    r"doctest/": ("tests/", "examples/custom_backend/", "examples/test_your_code/"),
    r"benchmark/": ("benchmarks/",),
    r"libs3\.h": ("benchmarks/",),
    r"CLI/": ("examples/", "tools/", "benchmarks/"),
}
SYSTEM = re.compile(r"(sys|netinet|arpa|net|linux|asm)/\w+\.h|(unistd|strings|malloc|utime|fcntl|poll|signal|dirent|netdb|pwd|grp|spawn|pthread|dlfcn|"
                    r"cpuid|cxxabi|immintrin|nmmintrin|wmmintrin|arm_acle|arm_neon)\.h")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def public_problem(path, header):
    """`path` under include/cloudkit/ includes the public header `header`."""
    name = path.relative_to("include/cloudkit").as_posix()
    if (name in VOCABULARY or name.startswith("driver/")) and header not in DRIVER_HEADERS:
        return "drivers and their vocabulary know no handles"
    return None


def layer_of(path):
    """The folder of src/ that counts for a file whose path begins there."""
    nested = "/".join(path.split("/")[:2])
    return nested if nested in LAYERS else path.split("/")[0]


def layer_problem(path, quote, header):
    """`path` under src/ includes a header of cloudkit's."""
    folder = layer_of(path.relative_to("src").as_posix())
    if len(path.parts) == 2:  # open.cc, the one file that names every backend
        return None
    folders, publics = LAYERS.get(folder, (set(), set()))
    if folder not in LAYERS:
        return f"tests/style/layers.py does not know the folder {folder}"
    if quote == '"':
        return None if layer_of(header) in folders else f"{folder} may include {', '.join(sorted(folders))}"
    if header in VOCABULARY | publics:
        return None
    return f"of the public headers, {folder} may include the vocabulary and {', '.join(sorted(publics)) or 'nothing else'}"


def third_party_problem(path, header):
    for pattern, folders in THIRD_PARTY.items():
        if re.match(pattern, header):
            return None if path.as_posix().startswith(folders) else f"belongs to {' '.join(folders)}"
    return None if SYSTEM.fullmatch(header) else "tests/style/layers.py does not know it"


def include_problem(root, path, quote, header):
    """Why `path` may not include `header`, or None."""
    top = path.parts[0]
    ours = header.startswith("cloudkit/")
    if top == "include":
        if quote == '"':
            return "public headers are included with <>"
        if ours:
            return public_problem(path, header.removeprefix("cloudkit/"))
        return "public headers need the standard library only" if re.search(r"[./]", header) else None
    if ours:
        if quote == '"':
            return "public headers are included with <>"
        return layer_problem(path, quote, header.removeprefix("cloudkit/")) if top == "src" else None
    if quote == "<":
        return third_party_problem(path, header) if re.search(r"[./]", header) else None
    if top == "src":
        if not (root / "src" / header).exists():
            return "includes are written from src/ on"
        return layer_problem(path, quote, header)
    if top == "tools" and not (root / path.parent / header).exists():
        return "the program lives on the public headers"
    if top == "examples" and not (root / path.parent / header).exists():
        return "an example is built alone"
    return None


def check(root):
    """All violations below `root`, as lines."""
    problems = []
    for path in tree.files(root, tree.CODE | {".py", ".sh"}):
        lines = (root / path).read_text(encoding="utf-8").splitlines()
        if len(lines) > LINES_PER_FILE:
            problems.append(f"{path}: {len(lines)} lines, more than {LINES_PER_FILE}: split it by subject")
        for number, line in enumerate(lines if path.suffix in tree.CODE else [], 1):
            if found := INCLUDE.match(line):
                if problem := include_problem(root, path, *found.groups()):
                    problems.append(f"{path}:{number}: {found[2]}: {problem}")
    return problems


VIOLATIONS = {
    "src/core/a.cc": '#include "http/client.h"',
    "src/http/b.cc": '#include "auth/sigv4.h"',
    "src/aws/c.cc": '#include "local/file.h"',
    "src/aws/s3/d.cc": "#include <cloudkit/object_store.h>",
    "src/object_store/e.cc": '#include "memory/store.h"',
    "src/object_store/f.cc": "#include <cloudkit/driver/http.h>",
    "src/testing/g.cc": '#include "core/time.h"',
    "src/auth/h.cc": "#include <curl/curl.h>",
    "src/http/i.cc": "# include <openssl/evp.h>",
    "src/http/loopback/a.cc": '#include "http/client.h"',
    "src/http/loopback/b.cc": '#include "codec/json.h"',
    "src/auth/loopback.cc": '#include "http/loopback/server.h"',
    "src/local/j.cc": "#include <nlohmann/json.hpp>",
    "src/core/k.cc": "#include <fmt/chrono.h>",
    "src/core/l.cc": '#include "time.h"',
    "src/core/m.cc": "#include <boost/asio.hpp>",
    "src/unheard/n.cc": '#include "core/time.h"',
    "include/cloudkit/io.h": "#include <cloudkit/object_store.h>",
    "include/cloudkit/driver/http.h": "#include <cloudkit/open.h>",
    "include/cloudkit/open.h": "#include <fmt/format.h>",
    "include/cloudkit/aws.h": '#include "object_store.h"',
    "examples/one/main.cc": '#include "core/time.h"',
    "tools/one/main.cc": '#include "core/time.h"',
    "src/core/long.cc": "//\n" * (LINES_PER_FILE + 1),
}
ALLOWED = {
    "src/open.cc": '#include "memory/store.h"\n#include <cloudkit/aws.h>',
    "src/aws/s3/good.cc": '#include <cloudkit/aws.h>\n#include "auth/sigv4.h"\n#include "aws/config.h"\n#include <sys/stat.h>',
    "src/http/loopback/good.cc": '#include "http/loopback/server.h"\n#include "core/time.h"',
    "src/http/good.cc": "#include <curl/curl.h>\n#include <fmt/format.h>\n#include <vector>",
    "include/cloudkit/stack.h": "#include <cloudkit/object_store.h>\n#include <string>",
    "tests/data/raw.h": '#include "anything"',
    "build/dev/generated.h": '#include "anything"',
}
TARGETS = ("src/http/client.h", "src/http/loopback/server.h", "src/codec/json.h", "src/auth/sigv4.h", "src/local/file.h",
           "src/memory/store.h", "src/core/time.h", "src/aws/config.h")


def self_test():
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        for name, text in {**VIOLATIONS, **ALLOWED, **dict.fromkeys(TARGETS, "")}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        problems = check(root)
    caught = {problem.split(":")[0] for problem in problems}
    wrong = [f"not caught: {name}" for name in VIOLATIONS.keys() - caught]
    wrong += [f"caught in error: {problem}" for problem in problems if problem.split(":")[0] not in VIOLATIONS]
    return wrong


if __name__ == "__main__":
    found = self_test() if sys.argv[1:] == ["--self-test"] else check(tree.ROOT)
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(1 if found else 0)
