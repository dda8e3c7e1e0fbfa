#include <cloudkit/compute.h>

#include "compute/checks.h"
#include "compute/commands.h"
#include "compute/state.h"
#include "core/local_source.h"

// The handle's commands and files.
namespace cloudkit::inline v0 {

using compute::check_reference;

namespace {

Status check_copy(std::string_view id, std::string_view path, const CopyFileOptions& options,
                  const ComputeCapabilities& able) {
  return compute::all_of({compute::check_offered(able.files || able.commands, "files"), check_reference("machine", id),
                          compute::check_target(path, options.mode),
                          able.files ? Status() : compute::check_timeout(options.timeout, able),
                          options.context.check()});
}

}  // namespace

Result<CommandResult> Compute::run(std::string_view id, std::string_view script, const RunOptions& options) const {
  return state_->call("run", "machine", id,
                      {check_reference("machine", id), compute::check_command(script, options.timeout, capabilities()),
                       options.context.check()},
                      [&] { return compute::run_script(*state_, id, script, options); });
}

Result<std::vector<HostResult>> Compute::run_all(const std::vector<std::string>& ids, const std::vector<RunStep>& steps,
                                                 const RunAllOptions& options) const {
  const Status checked = compute::check_hosts(ids, steps, options, capabilities());
  return state_->call("run_all", {}, {}, {checked}, [&]() -> Result<std::vector<HostResult>> {
    const auto run_one = [this](const std::string& id, std::string_view script, const RunOptions& run_options) {
      return run(id, script, run_options);
    };
    return compute::run_everywhere(run_one, ids, steps, options);
  });
}

Status Compute::copy_file(std::string_view id, const File& file, std::string_view path,
                          const CopyFileOptions& options) const {
  return state_->call("copy_file", "machine", id, {check_copy(id, path, options, capabilities())}, [&]() -> Status {
    auto source = core::open_source(file);
    if (!source) return std::move(source).error();
    return compute::copy_file(*state_, id, **source, path, options);
  });
}

Status Compute::copy_file(std::string_view id, Bytes contents, std::string_view path,
                          const CopyFileOptions& options) const {
  return state_->call("copy_file", "machine", id, {check_copy(id, path, options, capabilities())}, [&] {
    const core::BytesSource source(contents);
    return compute::copy_file(*state_, id, source, path, options);
  });
}

}  // namespace cloudkit::inline v0
