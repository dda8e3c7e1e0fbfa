#include "compute/steps/script.h"

#include "compute/steps/shell_code.h"
#include "core/shell.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cloudkit::inline v0::compute::steps {
namespace {

using core::shell_word;

template <class Kind>
bool has(std::span<const CheckedStep> steps) {
  return std::any_of(steps.begin(), steps.end(),
                     [](const CheckedStep& step) { return std::holds_alternative<Kind>(step.step); });
}

// The parts of a script that its steps need.
std::string shell_code_for(std::span<const CheckedStep> steps) {
  const bool files = has<FileStep>(steps) || has<UserStep>(steps);  // sudo's rights are a file
  const std::array parts = {
      std::pair(true, kBasics),
      std::pair(true, kMarks),
      std::pair(files || has<DirectoryStep>(steps), kAttributes),
      std::pair(has<PackageStep>(steps), kPackages),
      std::pair(files, kFiles),
      std::pair(has<DirectoryStep>(steps), kDirectories),
      std::pair(has<CommandStep>(steps), kCommands),
      std::pair(has<ServiceStep>(steps), kServices),
      std::pair(has<UserStep>(steps), kUsers),
      std::pair(has<ContainerStep>(steps), kContainers),
  };
  std::string code;
  for (const auto& [needed, part] : parts) {
    if (needed) code += part;
  }
  return code;
}

// A function, so that a shell has read all of it before the first step runs: a script that is cut off does nothing.
std::string render_main(std::span<const CheckedStep> done, std::span<const CheckedStep> steps) {
  std::string main = fmt::format("\nmain() {{\ntotal={}\nstart\n", steps.size());
  for (const CheckedStep& step : done) {
    if (const auto service = service_of(step.step); !service.empty()) main += "notify " + shell_word(service) + '\n';
  }
  for (const CheckedStep& step : steps) {
    main += fmt::format("\nbegin {}\n", shell_word(step.label)) + render_step(step);
  }
  return main + "\nfinish\n}\nmain\n";
}

constexpr std::string_view kTitle =
    "# Steps by cloudkit: each is made true where it is not yet, and said so. Run again it changes nothing.\n";

std::string render_body(std::span<const CheckedStep> done, std::span<const CheckedStep> steps,
                        const std::string& prefix) {
  return fmt::format("{}prefix={}\n{}{}", kTitle, prefix, shell_code_for(steps), render_main(done, steps));
}

// By way of its standard input: a script may be larger than an argument may be.
std::string as_root(const std::string& body) {
  std::string end = "CLOUDKIT_END";
  while (body.find(end) != std::string::npos) end += '_';
  return fmt::format("if [ \"$(id -u)\" = 0 ]; then set -- sh; else set -- sudo -n sh; fi\nexec \"$@\" <<'{}'\n{}{}\n",
                     end, body, end);
}

}  // namespace

std::string render_script(std::span<const CheckedStep> steps, const ScriptOptions& options) {
  const std::string prefix = options.prefix == "." ? "\"$(pwd)\"" : shell_word(options.prefix);
  const std::string body = render_body({}, steps, prefix);
  return "#!/bin/sh\n" + (options.prefix.empty() && options.sudo ? as_root(body) : body);
}

std::string render_first_boot(std::span<const CheckedStep> done, std::span<const CheckedStep> steps) {
  return render_body(done, steps, "''");
}

}  // namespace cloudkit::inline v0::compute::steps
