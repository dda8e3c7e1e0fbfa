#include "local/key_path.h"

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::local {
namespace {

Status check_segment(std::string_view segment) {
  if (segment.empty()) {
    return core::invalid_argument("a file cannot hold a key that begins or ends with '/' or holds '//'");
  }
  if (segment == "." || segment == "..") {
    return core::invalid_argument(fmt::format("a file cannot hold a key with the segment \"{}\"", segment));
  }
  if (segment.size() > kMaxSegmentSize) {
    return core::invalid_argument(fmt::format("the key has {} bytes between two '/', and a file's name holds {}",
                                              segment.size(), kMaxSegmentSize));
  }
  if (is_reserved(segment)) {
    return core::invalid_argument(fmt::format("the name \"{}\" is reserved: it begins with \"{}\"",
                                              core::printable_excerpt(segment, 80), kReservedPrefix));
  }
  return {};
}

}  // namespace

Status check_key(std::string_view key) {
  if (key.empty()) return core::invalid_argument("the key is empty");
  if (key.size() > kMaxKeySize) {
    return core::invalid_argument(fmt::format("the key has {} bytes, and a path holds {}", key.size(), kMaxKeySize));
  }
  if (key.find('\0') != std::string_view::npos) return core::invalid_argument("the key holds a NUL byte");
  for (std::size_t begin = 0; begin <= key.size();) {
    const std::size_t end = std::min(key.find('/', begin), key.size());
    if (auto status = check_segment(key.substr(begin, end - begin)); !status) return status;
    begin = end + 1;
  }
  return {};
}

}  // namespace cloudkit::inline v0::local
