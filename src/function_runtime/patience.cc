#include "function_runtime/patience.h"

#include <utility>

namespace cloudkit::inline v0::function_runtime {
namespace {

bool is_unknown_identity(const Error& error) { return error.retryable && error.code == ErrorCode::permission_denied; }

}  // namespace

FunctionRuntimeHooks with_defaults(FunctionRuntimeHooks hooks) {
  if (!hooks.now) hooks.now = [] { return Context::Clock::now(); };
  if (!hooks.wait) hooks.wait = [](const Context& context, Duration duration) { return context.wait_for(duration); };
  return hooks;
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
    return core::gave_up(error, pacing.limit(),
                         identity
                             ? "the identity was just made or mended and should be known by now: see whom it trusts"
                             : "something else goes on with it all the time: see who deploys it");
  }
  if (auto paused = pacing.pause(); !paused) return while_waiting(std::move(paused).error(), error.message);
  return {};
}

}  // namespace cloudkit::inline v0::function_runtime
