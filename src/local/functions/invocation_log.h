#pragma once

#include "local/functions/log_files.h"
#include "local/functions/log_lines.h"

#include <string>
#include <string_view>

namespace cloudkit::inline v0::local::functions {

/// What is logged from one invocation's begin to its end: into the function's files, as far as it is not too much, and
/// its last 4 KiB for the caller. Not thread-safe.
class InvocationLog {
 public:
  /// More than this of one invocation is not kept: it would push out what others logged.
  static constexpr std::size_t kMostBytes = std::size_t{4} << 20;
  /// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
  static constexpr std::size_t kTailBytes = 4096;

  explicit InvocationLog(const LogFiles& files) : files_(&files) {}
  InvocationLog(const InvocationLog&) = delete;
  InvocationLog& operator=(const InvocationLog&) = delete;
  ~InvocationLog() { write(); }

  /// What the program wrote. `lines` keeps what has no line end yet.
  void feed(LineCutter& lines, std::string_view bytes);
  void flush(LineCutter& lines);
  /// One of ours: always kept.
  void line(std::string_view text);
  /// Into the files, now.
  void write();
  std::string tail() const;

 private:
  void program_line(std::string_view text);

  const LogFiles* files_;
  std::string waiting_;
  std::string tail_;
  std::size_t bytes_ = 0;
  bool limited_ = false;
};

}  // namespace cloudkit::inline v0::local::functions
