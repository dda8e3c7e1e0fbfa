#include "http/retry_after.h"

#include "core/encode.h"
#include "core/time.h"

#include <algorithm>

namespace cloudkit::inline v0::http {
namespace {

using std::chrono::milliseconds;

// Longer than any wait that is obeyed, and short enough that no sum overflows.
constexpr std::uint64_t kLongestSeconds = 24 * 60 * 60;
constexpr milliseconds kLongestWhenBusy{60'000};

// Digits only. A number that no integer holds is still a number.
std::optional<milliseconds> parse_wait(std::string_view text, std::uint64_t per_second) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  const std::uint64_t most = kLongestSeconds * per_second;
  const std::uint64_t value = std::min(core::parse_u64(text).value_or(most), most);
  return milliseconds(value * (1000 / per_second));
}

std::optional<milliseconds> parse_retry_after(std::string_view text, core::TimePoint now) {
  if (auto wait = parse_wait(text, 1)) return wait;
  const auto date = core::parse_http_date(text);
  if (!date) return std::nullopt;
  // In seconds, because two times far apart differ by more nanoseconds than fit.
  using std::chrono::seconds;
  const seconds wait = std::chrono::ceil<seconds>(*date) - std::chrono::floor<seconds>(now);
  if (wait <= seconds(0)) return std::nullopt;
  return std::min(wait, seconds(kLongestSeconds));
}

}  // namespace

std::optional<RetryHint> retry_hint(const Response& reply, core::TimePoint now) {
  if (const auto wait = parse_wait(reply.headers.get("x-amz-retry-after"), 1000)) return RetryHint{*wait};
  const bool busy = reply.status == 429 || reply.status == 503;
  const milliseconds longest = busy ? kLongestWhenBusy : milliseconds(0);
  for (const std::string_view name : {"retry-after-ms", "x-ms-retry-after-ms"}) {
    if (const auto wait = parse_wait(reply.headers.get(name), 1000)) return RetryHint{*wait, longest};
  }
  if (const auto wait = parse_retry_after(reply.headers.get("retry-after"), now)) return RetryHint{*wait, longest};
  return std::nullopt;
}

}  // namespace cloudkit::inline v0::http
