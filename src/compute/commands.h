#pragma once

#include "compute/service.h"

#include <string_view>
#include <vector>

/// Scripts on machines, checked already.
namespace cloudkit::inline v0::compute {

Result<CommandResult> run_script(const Service& service, std::string_view id, std::string_view script,
                                 const RunOptions& options);

/// `run(id, script, options)` for each step. What a progress callback throws ends it, and is thrown here.
using RunOne = std::function<Result<CommandResult>(const std::string& id, std::string_view script, const RunOptions&)>;
std::vector<HostResult> run_everywhere(const RunOne& run, const std::vector<std::string>& ids,
                                       const std::vector<RunStep>& steps, const RunAllOptions& options);

/// By the driver, or within commands.
Status copy_file(const Service& service, std::string_view id, const Source& source, std::string_view path,
                 const CopyFileOptions& options);

}  // namespace cloudkit::inline v0::compute
