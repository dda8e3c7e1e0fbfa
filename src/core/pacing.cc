#include "core/pacing.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::core {

Pacing::Pacing(Timer timer, const Context& context, Duration limit, Duration first, Duration longest)
    : timer_(std::move(timer)), context_(context), limit_(limit), first_(first), longest_(longest), next_(first) {
  const auto now = timer_.now();
  end_ = limit < Context::Clock::time_point::max() - now ? now + limit : Context::Clock::time_point::max();
}

Status Pacing::pause() {
  const Duration left = std::max(Duration(end_ - timer_.now()), Duration::zero());
  Duration wait = next_;
  if (timer_.jitter) wait -= std::chrono::duration_cast<Duration>(wait * (std::clamp(timer_.jitter(), 0.0, 1.0) / 4));
  next_ = std::min(next_ * 2, longest_);
  return timer_.wait(context_, std::min(wait, left));
}

Error while_waiting(Error ended, std::string_view what) {
  ended.message = fmt::format("{}, while waiting: {}", ended.message, what);
  return ended;
}

Error gave_up(Error error, Duration limit, std::string_view hint) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit).count();
  error.message = fmt::format("{} (for {} s)", error.message, seconds);
  if (error.hint.empty()) error.hint = hint;
  return error;
}

}  // namespace cloudkit::inline v0::core
