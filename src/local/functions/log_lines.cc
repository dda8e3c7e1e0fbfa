#include "local/functions/log_lines.h"

#include <algorithm>

namespace cloudkit::inline v0::local::functions {

void LineCutter::feed(std::string_view bytes, const Take& take) {
  while (!bytes.empty()) {
    const std::size_t room = kLongestLine - line_.size();
    const std::size_t end = bytes.substr(0, room).find('\n');
    const std::size_t count = end == std::string_view::npos ? std::min(room, bytes.size()) : end;
    line_.append(bytes.substr(0, count));
    bytes.remove_prefix(end == std::string_view::npos ? count : count + 1);
    if (end == std::string_view::npos && line_.size() < kLongestLine) return;
    if (line_.ends_with('\r')) line_.pop_back();
    take(line_);
    line_.clear();
  }
}

void LineCutter::flush(const Take& take) {
  if (line_.empty()) return;
  take(line_);
  line_.clear();
}

}  // namespace cloudkit::inline v0::local::functions
