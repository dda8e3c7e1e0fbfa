"""Compiles pieces of C++ against the public headers, several at once."""

import concurrent.futures
import os
import subprocess
import tempfile

from tree import ROOT

FLAGS = ["-std=c++20", "-fsyntax-only", "-DCLOUDKIT_STATIC_DEFINE", f"-I{ROOT}/include", f"-I{ROOT}/build/dev/generated"]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Wno-sign-conversion", "-Werror"]


def problems(units, flags=WARNINGS):
    """What the compiler says to each of `units`, name to text, that it refuses."""
    def compile_one(name_and_text):
        name, text = name_and_text
        with tempfile.NamedTemporaryFile("w", suffix=".cc") as source:
            source.write(text)
            source.flush()
            command = [os.environ.get("CXX", "c++"), *FLAGS, *flags, source.name]
            result = subprocess.run(command, capture_output=True, text=True)
        return f"{name}:\n{result.stderr}" if result.returncode else None

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return [problem for problem in pool.map(compile_one, units.items()) if problem]
