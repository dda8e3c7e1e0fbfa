#pragma once

#include <algorithm>
#include <chrono>

namespace cloudkit::inline v0::http {

/// Keeps "no limit", said by a huge number, within the clock's range.
template <class Duration>
constexpr std::chrono::steady_clock::duration bounded(Duration limit) {
  return std::min<Duration>(limit, std::chrono::hours(24 * 365));
}

}  // namespace cloudkit::inline v0::http
