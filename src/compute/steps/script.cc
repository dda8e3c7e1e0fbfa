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

bool writes_files(std::span<const CheckedStep> steps) {
  return has<FileStep>(steps) || has<UserStep>(steps);  // sudo's rights are a file
}

// What minimal images may lack, and the script would go wrong without.
std::string_view programs_for(std::span<const CheckedStep> steps) {
  if (writes_files(steps)) return "base64 cmp find stat";
  return has<DirectoryStep>(steps) ? "find stat" : "";
}

// The parts of a script that its steps need.
std::string shell_code_for(std::span<const CheckedStep> done, std::span<const CheckedStep> steps) {
  const bool files = writes_files(steps);
  const std::array parts = {
      std::pair(true, kBasics),
      std::pair(true, kMarks),
      std::pair(files || has<DirectoryStep>(steps), kAttributes),
      std::pair(!done.empty(), kFirstBoot),
      std::pair(has<PackageStep>(steps) || has<PackageStep>(done), kPackages),
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
  std::string main =
      fmt::format("\nmain() {{\ntotal={} needs='{}'\nstart\n", done.size() + steps.size(), programs_for(steps));
  for (const CheckedStep& step : done) {
    main += fmt::format("\nbegin {}\n", shell_word(step.label));
    if (const auto service = service_of(step.step); !service.empty()) main += "notify " + shell_word(service) + '\n';
    main += render_look(step);
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
  return fmt::format("{}prefix={}\n{}{}", kTitle, prefix, shell_code_for(done, steps), render_main(done, steps));
}

// By way of its standard input: a script may be larger than an argument may be.
// Where sudo wants a password there is a report all the same.
std::string as_root(const std::string& body, std::size_t steps) {
  std::string end = "CLOUDKIT_END";
  while (body.find(end) != std::string::npos) end += '_';
  return fmt::format(R"sh(set -- sh
if [ "$(id -u)" != 0 ]; then
  set -- sudo -n sh
  "$@" -c : </dev/null || {{
    printf '%s\n' 'cloudkit: {} steps' 'failed start: it needs root, and sudo refuses' \
      'cloudkit: 0 ok, 0 changed, 0 skipped, 1 failed, {} not run'
    exit 1
  }}
fi
exec "$@" <<'{}'
{}{}
)sh",
                     steps, steps, end, body, end);
}

}  // namespace

std::string render_script(std::span<const CheckedStep> steps, const ScriptOptions& options) {
  const std::string prefix = options.prefix == "." ? "\"$(pwd)\"" : shell_word(options.prefix);
  const std::string body = render_body({}, steps, prefix);
  return "#!/bin/sh\n" + (options.prefix.empty() && options.sudo ? as_root(body, steps.size()) : body);
}

std::string render_first_boot(std::span<const CheckedStep> done, std::span<const CheckedStep> steps) {
  return render_body(done, steps, "''");
}

}  // namespace cloudkit::inline v0::compute::steps
