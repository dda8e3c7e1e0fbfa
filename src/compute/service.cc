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
Duration unknown_limit(const Service& service, const std::vector<std::string>& subjects) {
  Duration limit = kPropagationLimit;
  for (const std::string& subject : subjects)
    limit = std::max(limit, service.recent.left(subject, service.hooks.now()));
  return limit;
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
    : Patience(service, context, std::vector<std::string>{std::string(subject)}, limit) {}

Patience::Patience(const Service& service, const Context& context, std::vector<std::string> subjects, Duration limit)
    : service_(service),
      subjects_(std::move(subjects)),
      busy_(service.timer(), context, limit, kFirstRemoval, kSlowestRemoval),
      unknown_(service.timer(), context, unknown_limit(service, subjects_), kFirstLook, kSlowestTry) {}

bool Patience::needs_recent() const {
  return std::any_of(subjects_.begin(), subjects_.end(),
                     [&](const std::string& subject) { return service_.is_recent(subject); });
}

Status Patience::pause(const Error& error) {
  if (error.may_have_happened) return error;
  const bool unknown = error.code == ErrorCode::not_found && (error.retryable || needs_recent());
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

bool is_passing(const Error& error) {
  if (!error.retryable) return false;
  return error.code == ErrorCode::throttled || error.code == ErrorCode::unavailable ||
         error.code == ErrorCode::timeout || error.code == ErrorCode::io;
}

bool is_late(const Service& service, const Error& error, std::string_view id) {
  return error.code == ErrorCode::not_found && (error.retryable || service.is_recent(id));
}

RepeatsByToken::RepeatsByToken(const Service& service, const Context& context, const std::string& token)
    : token_(token),
      context_(context),
      patience_(service, context),
      lost_(service.timer(), context, kPropagationLimit, kFirstLook, kSlowestTry) {}

Status RepeatsByToken::pause(const Error& error) {
  was_lost_ = was_lost_ || error.may_have_happened;
  if (!was_lost_ || !is_passing(error)) return patience_.pause(error);
  if (lost_.expired()) return core::gave_up(error, lost_.limit(), {});
  if (auto paused = lost_.pause(); !paused) return while_waiting(std::move(paused).error(), error.message);
  return {};
}

Error RepeatsByToken::explained(Error error, std::string_view finder) const {
  // Else the service has seen the token, and says no to it.
  const bool still_lost = was_lost_ && (is_passing(error) || !context_.check());
  error.may_have_happened = error.may_have_happened || still_lost;
  if (!error.may_have_happened) return error;
  error.hint = fmt::format("it may have been made: {}, and making it with this token again makes it once",
                           fmt::format(fmt::runtime(finder), token_));
  return error;
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
  return insist(patience, [&] { return look_by([&] { return service.driver->get(id, context); }); });
}

}  // namespace cloudkit::inline v0::compute
