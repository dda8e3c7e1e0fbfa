#pragma once

#include <cloudkit/function_runtime.h>
#include <cloudkit/open.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0 {

class FunctionRuntimeDriver;

/// The schemes that `open_function_runtime` knows: those built in, and yours. Thread-safe.
class CLOUDKIT_API FunctionRuntimeRegistry {
 public:
  /// Makes a driver of a URL, or says what is wrong with it.
  using Opener = std::function<Result<std::shared_ptr<FunctionRuntimeDriver>>(const Url&)>;

  /// The registry of the process, with the built-in schemes.
  static FunctionRuntimeRegistry& global();

  FunctionRuntimeRegistry();
  ~FunctionRuntimeRegistry();
  FunctionRuntimeRegistry(const FunctionRuntimeRegistry&) = delete;
  FunctionRuntimeRegistry& operator=(const FunctionRuntimeRegistry&) = delete;

  /// `open` is called from any thread and does no I/O. Replaces what the scheme was before.
  void add(std::string_view scheme, Opener open);
  /// What the scheme's opener makes of `url`. Errors: its own; `invalid_argument` for a URL that is
  /// none, or a scheme that is not known.
  Result<std::shared_ptr<FunctionRuntimeDriver>> open(std::string_view url) const;
  /// Those that are known, sorted: "aws".
  std::vector<std::string> schemes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cloudkit::inline v0
