#include "compute/service.h"

#include "compute/probe.h"
#include "core/fail.h"
#include "core/random.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cloudkit::inline v0::compute {
namespace {

// For what is known to exist, and else for what others may just have made.
Duration unknown_limit(const Service& service, std::string_view subject) {
  const Duration recent = subject.empty() ? Duration::zero() : service.recent.left(subject, service.hooks.now());
  return std::max(recent, kPropagationLimit);
}

}  // namespace

ComputeHooks with_defaults(ComputeHooks hooks) {
  if (!hooks.now) hooks.now = [] { return Context::Clock::now(); };
  if (!hooks.wait) hooks.wait = [](const Context& context, Duration duration) { return context.wait_for(duration); };
  if (!hooks.jitter) hooks.jitter = core::random_fraction;
  if (!hooks.probe) hooks.probe = Prober();
  return hooks;
}

Patience::Patience(const Service& service, const Context& context, std::string_view subject, Duration limit)
    : service_(service),
      subject_(subject),
      busy_(service.timer(), context, limit, kFirstRemoval, kSlowestRemoval),
      unknown_(service.timer(), context, unknown_limit(service, subject), kFirstLook, kSlowestTry) {}

Status Patience::pause(const Error& error) {
  if (error.may_have_happened) return error;
  const bool unknown = error.code == ErrorCode::not_found && (error.retryable || service_.is_recent(subject_));
  const bool busy = error.retryable && (error.code == ErrorCode::conflict || error.code == ErrorCode::throttled);
  if (!unknown && !busy) return error;
  Pacing& pacing = unknown ? unknown_ : busy_;
  if (pacing.expired()) {
    return core::gave_up(error, pacing.limit(),
                         unknown ? "what was just made should be known by now: see its name" : "see what uses it");
  }
  if (auto paused = pacing.pause(); !paused) return while_waiting(std::move(paused).error(), error.message);
  return {};
}

std::string with_reason(std::string_view text, std::string_view reason) {
  return reason.empty() ? std::string(text) : fmt::format("{}: {}", text, reason);
}

Error too_late(std::string_view last, Duration limit) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit).count();
  Error error = core::fail(ErrorCode::timeout, fmt::format("after {} s it still {}", seconds, last),
                           "what was begun goes on: wait again, or for longer");
  error.retryable = true;
  return error;
}

Result<Instance> get_instance(const Service& service, std::string_view id, const Context& context) {
  Patience patience(service, context, id);
  return insist(patience, [&] { return service.driver->get(id, context); });
}

}  // namespace cloudkit::inline v0::compute
