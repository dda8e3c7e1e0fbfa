#include "progress_text.h"

#include "format.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace cloudkit::tool {
namespace {

std::string time_text(std::uint64_t seconds) {
  if (seconds < 100) return fmt::format("{} s", seconds);
  if (seconds < 6000) return fmt::format("{} min", seconds / 60);
  return fmt::format("{} h", seconds / 3600);
}

}  // namespace

std::string progress_text(const SyncProgress& progress, std::chrono::milliseconds elapsed) {
  std::string text = fmt::format("{} of {}", progress.objects, count(progress.total_objects, "object"));
  if (progress.total_bytes == 0) return text;
  text += fmt::format(", {} of {}", size_text(progress.bytes, true), size_text(progress.total_bytes, true));
  if (elapsed.count() < 500 || progress.bytes == 0) return text;
  const double rate = static_cast<double>(progress.bytes) * 1000 / static_cast<double>(elapsed.count());
  // What is sent again counts again.
  const std::uint64_t rest = progress.total_bytes - std::min(progress.bytes, progress.total_bytes);
  const double left = static_cast<double>(rest) / rate;
  text += fmt::format(", {}/s", size_text(static_cast<std::uint64_t>(rate), true));
  constexpr double kLongest = 1e7;
  return left < kLongest ? text + ", " + time_text(static_cast<std::uint64_t>(left)) + " left" : text;
}

}  // namespace cloudkit::tool
