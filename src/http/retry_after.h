#pragma once

#include <cloudkit/driver/http.h>

#include <chrono>
#include <optional>

namespace cloudkit::inline v0::http {

/// How long a service asks to wait, and how far past our own delay it is obeyed.
struct RetryHint {
  std::chrono::milliseconds wait{0};
  std::chrono::milliseconds longest{0};
};

/// Reads, in this order, x-amz-retry-after, retry-after-ms and x-ms-retry-after-ms
/// (milliseconds), then Retry-After (seconds or a date, which is compared with `now`). What is
/// not a number or date, is negative, or has passed, counts as absent.
std::optional<RetryHint> retry_hint(const Response& reply, std::chrono::system_clock::time_point now);

}  // namespace cloudkit::inline v0::http
