#include "local/functions/invocation_log.h"

#include "core/log.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::local::functions {

void InvocationLog::feed(LineCutter& lines, std::string_view bytes) {
  lines.feed(bytes, [this](std::string_view text) { program_line(text); });
}

void InvocationLog::flush(LineCutter& lines) {
  lines.flush([this](std::string_view text) { program_line(text); });
}

void InvocationLog::program_line(std::string_view text) {
  if (limited_) return;
  bytes_ += text.size() + 1;
  limited_ = bytes_ > kMostBytes;
  if (!limited_) return line(text);
  line(fmt::format("cloudkit: this invocation logged more than {} MiB; the rest is not kept", kMostBytes >> 20));
}

void InvocationLog::line(std::string_view text) {
  waiting_ += LogFiles::format_line(std::chrono::system_clock::now(), text);
  tail_.append(text).append("\n");
  if (tail_.size() > 2 * kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
}

void InvocationLog::write() {
  if (waiting_.empty()) return;
  // A full disk does not fail the function.
  if (const Status written = files_->append(waiting_); !written) {
    core::log(LogLevel::warn, "a function's log could not be written", {{"reason", written.error().message}});
  }
  waiting_.clear();
}

std::string InvocationLog::tail() const { return tail_.substr(tail_.size() - std::min(tail_.size(), kTailBytes)); }

}  // namespace cloudkit::inline v0::local::functions
