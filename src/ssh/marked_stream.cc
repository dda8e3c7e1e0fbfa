#include "ssh/marked_stream.h"

#include "core/encode.h"

#include <algorithm>

namespace cloudkit::inline v0::ssh {
namespace {

constexpr std::size_t kMaxBefore = std::size_t{64} << 10;
constexpr std::size_t kLongestCode = 4;  // "255\n"

}  // namespace

MarkedStream::MarkedStream(const std::string& mark, std::size_t limit)
    : begin_(mark + ":begin\n"), end_(mark + ":end:"), limit_(limit) {}

void MarkedStream::take(std::string_view text) {
  if (place_ == Place::behind) return;
  pending_ += text;
  if (place_ == Place::before && !look_for_begin()) return;
  look_for_end();
}

void MarkedStream::finish() {
  if (place_ == Place::within) keep(pending_);
  if (place_ == Place::before) before_ += pending_.substr(0, kMaxBefore - before_.size());
  pending_.clear();
}

bool MarkedStream::look_for_begin() {
  const std::size_t found = pending_.find(begin_);
  const std::size_t known =
      found != std::string::npos ? found : pending_.size() - std::min(pending_.size(), begin_.size());
  before_ += pending_.substr(0, std::min(known, kMaxBefore - before_.size()));
  pending_.erase(0, found != std::string::npos ? found + begin_.size() : known);
  if (found == std::string::npos) return false;
  place_ = Place::within;
  return true;
}

bool MarkedStream::look_for_end() {
  const std::size_t found = pending_.find(end_);
  if (found == std::string::npos) {
    const std::size_t known = pending_.size() - std::min(pending_.size(), end_.size());
    keep(std::string_view(pending_).substr(0, known));
    pending_.erase(0, known);
    return false;
  }
  const std::string_view code = std::string_view(pending_).substr(found + end_.size(), kLongestCode);
  const std::size_t line_end = code.find('\n');
  if (line_end == std::string_view::npos && code.size() < kLongestCode) return false;
  exit_code_ = static_cast<int>(core::parse_u64(code.substr(0, line_end)).value_or(255));
  keep(std::string_view(pending_).substr(0, found));
  pending_.clear();
  place_ = Place::behind;
  return true;
}

void MarkedStream::keep(std::string_view text) {
  const std::string_view kept = text.substr(0, limit_ - text_.size());
  truncated_ = truncated_ || kept.size() < text.size();
  text_ += kept;
}

}  // namespace cloudkit::inline v0::ssh
