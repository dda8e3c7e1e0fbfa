#pragma once

#include "compute/recent_ids.h"
#include "core/pacing.h"

#include <cloudkit/compute.h>
#include <cloudkit/driver/compute.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// What every part of the handle works with.
namespace cloudkit::inline v0::compute {

using core::as_limit;
using core::Duration;
using core::insist;
using core::Pacing;
using core::while_waiting;

ComputeHooks with_defaults(ComputeHooks hooks);

struct Service {
  Service(std::shared_ptr<ComputeDriver> given, ComputeHooks given_hooks)
      : driver(std::move(given)), hooks(with_defaults(std::move(given_hooks))) {}

  const std::shared_ptr<ComputeDriver> driver;
  const ComputeHooks hooks;  ///< All set.
  mutable RecentIds recent;

  core::Timer timer() const { return {hooks.now, hooks.wait, hooks.jitter}; }
  bool is_recent(std::string_view id) const { return recent.left(id, hooks.now()) > Duration::zero(); }
};

/// Between two looks at a machine. EC2's own waiters look each 15 s.
inline constexpr Duration kFirstLook = std::chrono::milliseconds(500);
inline constexpr Duration kSlowestLook = std::chrono::seconds(15);
/// Between two looks whether a machine answers, which costs no service anything, and between two at a command.
inline constexpr Duration kFirstTry = std::chrono::milliseconds(250);
inline constexpr Duration kSlowestTry = std::chrono::seconds(5);
/// Between two tries to remove what is still used.
inline constexpr Duration kFirstRemoval = std::chrono::seconds(2);
inline constexpr Duration kSlowestRemoval = std::chrono::seconds(10);
/// How long a service may ask for patience, and not know what others have just made.
inline constexpr Duration kPropagationLimit = std::chrono::seconds(60);
/// What is tidied up after a context has ended has this long.
inline constexpr Duration kCleanUpTime = std::chrono::seconds(5);

/// What a driver may answer although the same call will succeed soon, and how long that is waited for.
class Patience {
 public:
  /// `subject` is what the call needs to be known: an id. `limit` is for what others still use, or the service is too
  /// busy for. Keeps references to service and context.
  Patience(const Service& service, const Context& context, std::string_view subject = {},
           Duration limit = kPropagationLimit);
  /// The same of a call that needs several.
  Patience(const Service& service, const Context& context, std::vector<std::string> subjects,
           Duration limit = kPropagationLimit);

  /// Success: call again. Else what to answer instead: `error` itself, or that the context ended meanwhile.
  Status pause(const Error& error);

 private:
  bool needs_recent() const;

  const Service& service_;
  std::vector<std::string> subjects_;
  Pacing busy_;
  Pacing unknown_;
};

/// A look that was not answered says nothing about what was looked at: it is made again. That a context has ended is
/// no such error: it is not retryable.
bool is_passing(const Error& error);
/// What is not known yet: the service says so, or this handle made it a moment ago.
bool is_late(const Service& service, const Error& error, std::string_view id);

/// `call()`, a look. It changes nothing, whatever became of its request: services are asked by POST, too.
template <class Call>
auto look_by(Call call) -> decltype(call()) {
  auto seen = call();
  if (seen.has_value() || !seen.error().may_have_happened) return seen;
  Error error = std::move(seen).error();
  error.may_have_happened = false;
  return error;
}

/// What makes something by a token may be sent again when nobody knows what became of it.
class RepeatsByToken {
 public:
  /// Keeps references to all three.
  RepeatsByToken(const Service& service, const Context& context, const std::string& token);

  /// As that of Patience.
  Status pause(const Error& error);
  /// The last error: whether it may have happened, and then by which token. `finder` says how it is found.
  Error explained(Error error, std::string_view finder) const;

 private:
  const std::string& token_;
  const Context& context_;
  Patience patience_;
  Pacing lost_;
  bool was_lost_ = false;
};

/// "pending: waiting for a host".
std::string with_reason(std::string_view text, std::string_view reason);
/// A limit has passed. `last` is how it stands: "is pending".
Error too_late(std::string_view last, Duration limit);

/// Looks until one returns a value or an error. `look(last)` says in `last` how it stands. Errors: that; `timeout` with
/// the last words; those of the context, with them.
template <class Look>
auto look_until(Pacing pacing, Look look) {
  using Seen = std::invoke_result_t<Look, std::string&>;
  using Found = typename Seen::value_type::value_type;
  std::string last;
  while (true) {
    Seen seen = look(last);
    if (!seen) {
      Error error = std::move(seen).error();
      // The context may end in the midst of a look, which then says nothing of what was looked at.
      const bool ended = !last.empty() && pacing.context_ended();
      return Result<Found>(ended ? while_waiting(std::move(error), "it " + last) : std::move(error));
    }
    if (*seen) return Result<Found>(**std::move(seen));
    if (pacing.expired()) return Result<Found>(too_late(last, pacing.limit()));
    if (auto paused = pacing.pause(); !paused) {
      return Result<Found>(while_waiting(std::move(paused).error(), "it " + last));
    }
  }
}

/// Of a machine that may just have been made.
Result<Instance> get_instance(const Service& service, std::string_view id, const Context& context);

}  // namespace cloudkit::inline v0::compute
