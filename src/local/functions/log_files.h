#pragma once

#include "core/time.h"

#include <cloudkit/context.h>
#include <cloudkit/function_types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::local::functions {

/// What one function logged: files "00000001.log", … in a directory, of lines "TIME TEXT". Only the newest two are
/// kept, so that a function that logs without end does not fill the disk. Programs that share the directory may write
/// at once. Thread-safe.
class LogFiles {
 public:
  /// `bytes_per_file`: once a file has as many, the next one is begun.
  explicit LogFiles(std::string directory, std::uint64_t bytes_per_file = std::uint64_t{8} << 20);

  /// `lines` has whole lines in the files' form: see `format_line`. Errors: `io`.
  Status append(std::string_view lines) const;
  static std::string format_line(core::TimePoint time, std::string_view text);

  struct Page {
    std::vector<LogEvent> events = {};
    std::string next_page_token = {};
    bool at_end = true;
  };
  /// From `page_token` on, or from the first line; a token whose file is gone goes on with the oldest. Errors: `io`;
  /// `invalid_argument` for what is no token.
  Result<Page> read(std::string_view page_token, core::TimePoint since) const;
  /// Success also when there are none. Errors: `io`.
  Status remove() const;

 private:
  std::string path_of(std::uint64_t number) const;
  std::vector<std::uint64_t> numbers() const;
  Status append_locked(std::string_view lines) const;

  const std::string directory_;
  const std::uint64_t bytes_per_file_;
};

}  // namespace cloudkit::inline v0::local::functions
