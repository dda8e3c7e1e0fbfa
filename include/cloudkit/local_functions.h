#pragma once

#include <cloudkit/function_runtime.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

/// Functions on this machine, without an account, docker or root.
namespace cloudkit::inline v0::local {

/// For `make_function_runtime`.
struct FunctionRuntimeOptions {
  bool sync = true;                       ///< fsync code and configuration before a call returns.
  std::vector<std::string> inherit = {};  ///< Variables of this program's environment that functions see.
  /// Of a function that does not say; further invocations wait. That, too, which a function says, holds for each
  /// program: of several that share a directory, each lets as many through.
  int max_concurrency = 16;
  /// From a program's start to its first `next`, unless the function's own timeout is longer.
  std::chrono::milliseconds init_limit = std::chrono::seconds(10);
  std::chrono::milliseconds idle_limit = std::chrono::minutes(5);  ///< Then an idle program is ended.
  /// Before the first repetition of an asynchronous invocation that failed; twice as long before the second.
  std::chrono::milliseconds retry_delay = std::chrono::minutes(1);
  std::uint16_t port = 0;  ///< Of endpoints. 0: that of the last time if it is free, else any.
};

/// Runs functions as child processes of this program, over the real Lambda Runtime API. `native` and `provided*` are a
/// program `bootstrap`, `python3.*` runs with the nearest Python on PATH. All is kept below `directory`, which several
/// programs of this user may share. Does no I/O. Errors: `invalid_argument`.
///
/// What lies there is run with all rights of this user: where others may write to the directory, or where it is another
/// user's or a symbolic link, changes and calls that make it are `permission_denied`.
///
/// A function's processes see no variable of this program but those named by `inherit`, no open file, and no
/// credentials. They are ended with the last copy of the runtime, and by the kernel should this program crash. They
/// are not kept from this machine's files and network, nor to their `memory_mib`: run only code that you trust.
///
/// Endpoints are served on 127.0.0.1, to every user of this machine also where they are not public, from `expose` or
/// `endpoints` on until the last copy of the runtime is gone: by one of the programs that share the directory,
/// which the next one follows. A client that hangs up ends no invocation that has begun; behind an endpoint that is no
/// function's URL it ends after 29 s. Schedules fire, and asynchronous invocations run, while a program has made any
/// call of the runtime and keeps it.
CLOUDKIT_API Result<FunctionRuntime> make_function_runtime(const std::string& directory,
                                                           FunctionRuntimeOptions options = {});

}  // namespace cloudkit::inline v0::local
