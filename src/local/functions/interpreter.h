#pragma once

#include <cloudkit/context.h>
#include <cloudkit/result.h>

#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::local::functions {

/// A Python of this machine.
struct Interpreter {
  std::string path = {};            ///< Of the program itself, not of a shim.
  std::string version = {};         ///< "3.11.2"
  bool has_runtime_client = false;  ///< The module awslambdaric.
};

/// Finds the interpreter for "python3.12": that one on PATH, or else the `python3` there. Asks each once, or
/// once for each thread that wants it at the same time. Thread-safe.
class Interpreters {
 public:
  /// Errors: `unsupported` when there is none; those of the context.
  Result<Interpreter> python(std::string_view runtime, const Context& context);

 private:
  std::mutex mutex_;
  std::map<std::string, Interpreter, std::less<>> found_;
};

}  // namespace cloudkit::inline v0::local::functions
