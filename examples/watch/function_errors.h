#pragma once

#include <cloudkit/function_types.h>

#include <map>
#include <string>
#include <utility>

/// The lines of a function's log that tell of errors, each once, though the log is asked for again and again: an event
/// may arrive after newer ones, up to a minute later.
class FunctionErrors {
 public:
  using TimePoint = std::chrono::system_clock::time_point;

  /// What is older than `since` is not told.
  explicit FunctionErrors(TimePoint since = {}) : since_(since) {}

  /// Before the log is asked for; the time from which on.
  TimePoint begin();
  /// Whether it tells of an error, for the first time.
  bool take(const cloudkit::LogEvent& event);

 private:
  using Counts = std::map<std::pair<TimePoint, std::string>, int>;

  TimePoint since_;
  TimePoint newest_ = {};
  Counts told_;  // Before this round, of the last minute.
  Counts now_;
};
