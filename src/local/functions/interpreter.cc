#include "local/functions/interpreter.h"

#include "core/child_process.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/log.h"

#include <fmt/format.h>

#include <optional>
#include <vector>

namespace cloudkit::inline v0::local::functions {
namespace {

// Three lines. A shim (pyenv, asdf) needs the host's environment, and says by sys.executable what it stands for.
constexpr const char* kQuestion =
    "import sys, importlib.util as u; print(sys.executable); print('%d.%d.%d' % sys.version_info[:3]); "
    "print(int(u.find_spec('awslambdaric') is not None))";

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    lines.push_back(core::trim(line));
  }
  return lines;
}

std::optional<Interpreter> ask(const std::string& program, const Context& context) {
  core::ProgramLimits limits;
  limits.time = std::chrono::seconds(10);
  const auto answer = core::run_program({program, "-I", "-c", kQuestion}, limits, context);
  if (!answer || answer->exit_code != 0) return std::nullopt;
  const auto lines = lines_of(answer->output);
  if (lines.size() != 3 || !lines[0].starts_with('/') || !lines[1].starts_with("3.")) return std::nullopt;
  return Interpreter{std::string(lines[0]), std::string(lines[1]), lines[2] == "1"};
}

}  // namespace

Result<Interpreter> Interpreters::python(std::string_view runtime, const Context& context) {
  {
    const std::scoped_lock lock(mutex_);
    if (const auto it = found_.find(runtime); it != found_.end()) return it->second;
  }
  // Without the lock: a slow one is not to keep those whose time is shorter.
  for (const std::string& program : {std::string(runtime), std::string("python3")}) {
    auto found = ask(program, context);
    if (!found) continue;
    if (!found->version.starts_with(std::string(runtime.substr(std::string_view("python").size())) + '.') &&
        runtime != "python3") {
      core::log(LogLevel::info, "a function runs on another Python than it names",
                {{"runtime", runtime}, {"python", found->version}, {"path", found->path}});
    }
    const std::scoped_lock lock(mutex_);
    found_.emplace(runtime, *found);
    return *std::move(found);
  }
  if (auto status = context.check(); !status) return std::move(status).error();
  return core::unsupported(fmt::format("there is no Python for the runtime \"{}\" on this machine", runtime),
                           "install python3, or put it on PATH");
}

}  // namespace cloudkit::inline v0::local::functions
