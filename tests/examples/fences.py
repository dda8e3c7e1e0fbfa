#!/usr/bin/env python3
"""Writes a program that runs what pages of the guide show of objects: fences.py OUT DIRECTORY PAGE…

Each fence that is the body of a function runs in turn, on a bucket in memory of its page, in DIRECTORY. One that throws,
or has an error to print, fails.
"""
import pathlib
import re
import sys

FENCE = re.compile(r"^```cpp\n(.*?)^```", re.MULTILINE | re.DOTALL)
NOT_IN_MEMORY = ("presign(",)
# What the pages find there.
OBJECTS = {"log.txt": "a line\\n", "settings.json": "{}", "count": "1", "tmp/a": "1", "2026/report.pdf": "all is well",
           "photo.jpg": "not really", "photos.tar": "not really"}
FILES = ("holiday.mp4", "backup.tar")

BEGIN = """// Written by tests/examples/fences.py.
#include <cloudkit/all.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

using namespace std::chrono_literals;

namespace {

int failures = 0;

template <class Fence>
void run(const char* name, const std::string& page, Fence fence) {
  const auto store = cloudkit::open_object_store("mem://").value();
  const auto bucket = cloudkit::open_bucket("mem://" + page, {.create = true}).value();
  std::ostringstream complaints;
  auto* shown = std::cerr.rdbuf(complaints.rdbuf());
  try {
    fence(bucket, store);
  } catch (const std::exception& error) {
    complaints << error.what();
  }
  std::cerr.rdbuf(shown);
  failures += !complaints.str().empty();
  std::cout << "\\n" << name << (complaints.str().empty() ? ": ok" : ": FAILED: " + complaints.str()) << std::endl;
}

}  // namespace

"""


def main():
    out, directory, *pages = sys.argv[1:]
    lines = [f'  std::filesystem::remove_all("{directory}");', f'  std::filesystem::create_directories("{directory}/archive");',
             f'  std::filesystem::current_path("{directory}");']
    lines += [f'  std::ofstream("{name}") << std::string(5000, \'x\');' for name in FILES]
    for page in map(pathlib.Path, pages):
        text = page.read_text(encoding="utf-8")
        lines.append(f'  auto {page.stem} = cloudkit::open_bucket("mem://{page.stem}", {{.create = true}}).value();')
        lines += [f'  {page.stem}.put("{key}", "{value}").value();' for key, value in OBJECTS.items()]
        for fence in FENCE.finditer(text):
            if fence[1].startswith("#include") or any(word in fence[1] for word in NOT_IN_MEMORY):
                continue
            line = text.count("\n", 0, fence.start()) + 2
            body = fence[1].replace("file:///srv/archive", f"file://{directory}/archive")
            lines += [f'  run("{page.name}:{line}", "{page.stem}", [](const auto& bucket, [[maybe_unused]] const auto& store) {{',
                      f'#line {line} "{page}"', body.rstrip(), "  });"]
    lines += ['  run("a trap, which must fail", "trap", [](const auto& bucket, const auto&) { bucket.get("none").value(); });',
              "  return failures == 1 ? 0 : 1;", "}"]
    pathlib.Path(out).write_text(BEGIN + "int main() {\n" + "\n".join(lines) + "\n", encoding="utf-8")


main()
