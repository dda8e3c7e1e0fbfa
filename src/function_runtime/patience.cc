#include "function_runtime/patience.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::function_runtime {
namespace {

bool is_unknown_identity(const Error& error) { return error.retryable && error.code == ErrorCode::permission_denied; }

Error gave_up(Error error, Duration limit, std::string_view hint) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit).count();
  error.message = fmt::format("{} (for {} s)", error.message, seconds);
  if (error.hint.empty()) error.hint = hint;
  return error;
}

}  // namespace

FunctionRuntimeHooks with_defaults(FunctionRuntimeHooks hooks) {
  if (!hooks.now) hooks.now = [] { return Context::Clock::now(); };
  if (!hooks.wait) hooks.wait = [](const Context& context, Duration duration) { return context.wait_for(duration); };
  return hooks;
}

Pacing::Pacing(const FunctionRuntimeHooks& hooks, const Context& context, Duration limit, Duration first,
               Duration longest)
    : hooks_(hooks), context_(context), limit_(limit), first_(first), longest_(longest), next_(first) {
  const auto now = hooks.now();
  end_ = limit < Context::Clock::time_point::max() - now ? now + limit : Context::Clock::time_point::max();
}

Status Pacing::pause() {
  const Duration left = std::max(Duration(end_ - hooks_.now()), Duration::zero());
  const Duration wait = std::min(next_, left);
  next_ = std::min(next_ * 2, longest_);
  return hooks_.wait(context_, wait);
}

Patience::Patience(const FunctionRuntimeHooks& hooks, const Context& context, Duration limit, Throttling throttling)
    : hooks_(hooks), context_(context), throttling_(throttling), busy_(hooks, context, limit) {}

// Nothing has happened, and soon it could.
bool Patience::is_busy(const Error& error) const {
  if (!error.retryable || error.may_have_happened) return false;
  return error.code == ErrorCode::conflict || (error.code == ErrorCode::throttled && throttling_ == Throttling::passes);
}

Status Patience::pause(const Error& error) {
  const bool identity = identity_ && is_unknown_identity(error);
  if (!identity && !is_busy(error)) return error;
  Pacing& pacing = identity ? *identity_ : busy_;
  if (pacing.expired()) {
    return gave_up(error, pacing.limit(),
                   identity ? "the identity was just made or mended and should be known by now: see whom it trusts"
                            : "something else goes on with it all the time: see who deploys it");
  }
  if (auto paused = pacing.pause(); !paused) return while_waiting(std::move(paused).error(), error.message);
  return {};
}

Error while_waiting(Error ended, std::string_view what) {
  ended.message = fmt::format("{}, while waiting: {}", ended.message, what);
  return ended;
}

}  // namespace cloudkit::inline v0::function_runtime
