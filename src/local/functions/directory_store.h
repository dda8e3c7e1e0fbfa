#pragma once

#include "local/file_lock.h"
#include "local/functions/function_record.h"
#include "local/functions/log_files.h"

#include <cloudkit/context.h>
#include <cloudkit/driver/function_runtime.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::local::functions {

/// The directory in which a local runtime keeps everything. Several programs may share it. Directories have mode 0700,
/// files 0600. Thread-safe.
///
///   functions/NAME/function.json, functions/NAME/code/REVISION/…
///   endpoints/NAME.json  schedules/NAME.json  logs/NAME/NUMBER.log  queue/REQUEST.json
///   lock, listener, scheduler: see `lock_file`
///   port, scheduler_last: what the last listener and scheduler left to the next
class DirectoryStore {
 public:
  DirectoryStore(std::string directory, bool sync) : directory_(std::move(directory)), sync_(sync) {}

  /// Makes what is missing. Errors: `permission_denied`, `io`.
  Status prepare() const;
  const std::string& directory() const noexcept { return directory_; }
  std::string path(std::string_view name) const;
  bool sync() const noexcept { return sync_; }

  /// Held for every change of functions, endpoints and schedules. Errors: those of `lock_file`.
  Result<FileLock> lock(const Context& context) const { return lock_file(path("lock"), context); }

  /// Errors: `not_found`, `data_loss`, `io`.
  Result<FunctionRecord> read(std::string_view name) const;
  bool exists(std::string_view name) const;
  Status write(const FunctionRecord& record) const;
  /// Not its code.
  Status erase(std::string_view name) const;
  /// Sorted.
  Result<std::vector<std::string>> names() const;

  /// None when nothing is stored.
  Result<std::vector<Endpoint>> endpoints(std::string_view function) const;
  Status write_endpoints(std::string_view function, const std::vector<Endpoint>& endpoints) const;
  Result<std::vector<Schedule>> schedules(std::string_view function) const;
  Status write_schedules(std::string_view function, const std::vector<Schedule>& schedules) const;
  /// Of what there are files in `kind`: "endpoints", "schedules", "queue". Sorted.
  Result<std::vector<std::string>> stored(std::string_view kind) const;

  std::string code_path(std::string_view name, std::string_view revision) const;
  LogFiles logs(std::string_view name) const { return LogFiles(path("logs/" + std::string(name))); }

 private:
  std::string record_path(std::string_view name) const;

  const std::string directory_;
  const bool sync_;
};

/// A function's name and perhaps a version or alias, of a name or an ARN as this runtime makes them:
/// "arn:aws:lambda:local:000000000000:function:NAME[:QUALIFIER]".
struct FunctionId {
  std::string name = {};
  std::string qualifier = {};
};
/// Errors: `not_found`.
Result<FunctionId> parse_function_id(std::string_view text);
std::string function_arn(std::string_view name);
Error no_such_function(std::string_view name);

}  // namespace cloudkit::inline v0::local::functions
