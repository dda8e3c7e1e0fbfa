#!/usr/bin/env python3
"""Writes a program that runs what pages of the guide show and needs no network: fences.py OUT DIRECTORY PAGE…

Each fence that is the body of a function runs in turn, on the page's own bucket, functions and machines in memory, in
DIRECTORY; so does each that is a program. One that throws, has an error to print, or returns one, fails; of those that are
shown what fails, each has to print that.
"""
import pathlib
import re
import sys

FENCE = re.compile(r"^```cpp\n(.*?)^```", re.MULTILINE | re.DOTALL)
INCLUDE = re.compile(r"^#include .*\n", re.MULTILINE)
# What memory cannot do, and what is another program's inside.
NOT_HERE = ("presign(", "aws::", "s3://", "ssh::", "serve", "build/orders")
# What is elsewhere in the pages is in memory here, or in DIRECTORY.
ELSEWHERE = (("file:///srv/archive", "file://{0}/archive"), ("/backups/", "{0}/backups/"), ("aws://us-west-2", "mem://stack"),
             ("s3://states", "mem://states"), ("with_timeout(30s)", "with_timeout(1s)"),
             ('cloudkit::ssh::make_compute(cloudkit::ssh::InventoryOptions{.file = "hosts", .group = "web"})', "failing_host()"))
# What a fence prints of a script that fails, which all do on that host.
COMPLAINTS = {"failing_host()": ": uptime: exit code 3: no such program"}
# What the pages find there.
OBJECTS = {"log.txt": "a line\\n", "settings.json": "{}", "count": "1", "tmp/a": "1", "2026/report.pdf": "all is well",
           "photo.jpg": "not really", "photos.tar": "not really"}
FILES = ("holiday.mp4", "backup.tar", "site.tar.gz", "hello/app.py")
FOLDERS = ("archive", "backups", "hello")

BEGIN = """// Written by tests/examples/fences.py.
#include <cloudkit/all.h>
#include <cloudkit/memory_compute.h>
#include <cloudkit/memory_functions.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <utility>

using namespace std::chrono_literals;

namespace {

int failures = 0;

struct Page {
  cloudkit::memory::MemoryFunctions memory;
  cloudkit::FunctionRuntime functions = memory.runtime();
  cloudkit::ObjectStore store = cloudkit::open_object_store("mem://").value();
  cloudkit::Bucket bucket;
  cloudkit::Compute compute;

  explicit Page(const std::string& name)
      : bucket(cloudkit::open_bucket("mem://" + name, {.create = true}).value()),
        compute(cloudkit::open_compute("mem://" + name).value()) {
    memory.add_handler("app.handler", [](const auto&) -> cloudkit::Result<std::string> { return std::string("null"); });
  }
};

cloudkit::Result<cloudkit::Compute> failing_host() {
  const auto cloud = cloudkit::memory::MemoryCompute::shared("failing");
  cloud.set_command_handler([](const cloudkit::memory::MachineCommand&) -> cloudkit::Result<cloudkit::CommandResult> {
    return cloudkit::CommandResult{.exit_code = 3, .err = "no such program"};
  });
  auto compute = cloud.compute();
  auto made = compute.create({.name = "web", .image = "al2023", .type = "small", .tags = {{"group:front", ""}}});
  if (!made) return made.error();
  if (auto ready = compute.wait_until(made->id, cloudkit::InstanceState::running); !ready) return ready.error();
  return compute;
}

template <class Fence>
void run(const char* name, Fence fence, const std::string& complaint = "") {
  std::ostringstream complaints;
  auto* shown = std::cerr.rdbuf(complaints.rdbuf());
  try {
    fence();
  } catch (const std::exception& error) {
    complaints << error.what();
  }
  std::cerr.rdbuf(shown);
  const bool ok = complaint.empty() ? complaints.str().empty() : complaints.str().find(complaint) != std::string::npos;
  failures += !ok;
  std::cout << "\\n" << name << (ok ? ": ok" : ": FAILED: " + complaints.str()) << std::endl;
}

}  // namespace

"""

PROGRAM = """namespace {name} {{
#line {line} "{page}"
{text}
}}
"""

BODY = """  run("{page}:{line}", [&page = {stem}] {{
    [[maybe_unused]] const auto& store = page.store;
    [[maybe_unused]] const auto& bucket = page.bucket;
    [[maybe_unused]] const auto& functions = page.functions;
    [[maybe_unused]] const auto& compute = page.compute;
#line {line} "{path}"
{text}
  }});"""


def as_program(text):
    text = INCLUDE.sub("", text).replace("int main()", "int program()").rstrip()
    return text.removesuffix("}") + "  return 0;\n}"


def main():
    out, directory, *pages = sys.argv[1:]
    programs = []
    lines = [f'  std::filesystem::remove_all("{directory}");', f'  std::filesystem::create_directories("{directory}");',
             f'  std::filesystem::current_path("{directory}");', '  cloudkit::open_bucket("mem://states", {.create = true}).value();']
    lines += [f'  std::filesystem::create_directory("{name}");' for name in FOLDERS]
    lines += [f'  std::ofstream("{name}") << std::string(5000, \'x\');' for name in FILES]
    for page in map(pathlib.Path, pages):
        text = page.read_text(encoding="utf-8")
        lines.append(f'  const Page {page.stem}("{page.stem}");')
        lines += [f'  {page.stem}.bucket.put("{key}", "{value}").value();' for key, value in OBJECTS.items()]
        for fence in FENCE.finditer(text):
            body = fence[1]
            for there, here in ELSEWHERE:
                body = body.replace(there, here.format(directory))
            if any(word in body for word in NOT_HERE):
                continue
            line = text.count("\n", 0, fence.start()) + 2
            if not body.startswith("#include"):
                lines.append(BODY.format(page=page.name, line=line, stem=page.stem, path=page, text=body.rstrip()))
            elif "int main()" in body:
                name = f"{page.stem}_{line}"
                line += len(INCLUDE.findall(body))
                programs.append(PROGRAM.format(name=name, line=line, page=page, text=as_program(body)))
                complaint = next((said for what, said in COMPLAINTS.items() if what in body), "")
                lines.append(f'  run("{page.name}:{line}", [] {{ if ({name}::program() != 0) std::cerr << "it returned an error"; }}, "{complaint}");')
    lines += ['  run("a trap, which must fail", [] { cloudkit::open_bucket("mem://none").value().get("none").value(); });',
              "  return failures == 1 ? 0 : 1;"]
    text = BEGIN + "\n".join(programs) + "\nint main() {\n" + "\n".join(lines) + "\n}\n"
    pathlib.Path(out).write_text(text, encoding="utf-8")


main()
