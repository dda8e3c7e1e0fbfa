#include "function_errors.h"

#include <algorithm>

namespace {

constexpr std::chrono::minutes kLate{1};

// What a runtime says of a call that failed, and what programs write themselves.
bool tells_of_error(std::string_view line) {
  for (const char* sign : {"ERROR", "Task timed out", "Runtime exited", "Status: error"}) {
    if (line.find(sign) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

FunctionErrors::TimePoint FunctionErrors::begin() {
  told_ = std::exchange(now_, {});
  return newest_ == TimePoint() ? since_ : std::max(since_, newest_ - kLate);
}

bool FunctionErrors::take(const cloudkit::LogEvent& event) {
  newest_ = std::max(newest_, event.time);
  if (!tells_of_error(event.text)) return false;
  const auto key = std::pair(event.time, event.text);
  const auto told = told_.find(key);
  const bool first = ++now_[key] > (told == told_.end() ? 0 : told->second);
  while (!now_.empty() && now_.begin()->first.first < newest_ - kLate) now_.erase(now_.begin());
  return first;
}
