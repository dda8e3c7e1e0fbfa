#pragma once

#include "core/pacing.h"

#include <cloudkit/context.h>
#include <cloudkit/error.h>
#include <cloudkit/function_runtime.h>

#include <chrono>
#include <optional>
#include <string_view>

/// How long a handle waits for what will pass, and how often it looks.
namespace cloudkit::inline v0::function_runtime {

using core::as_limit;
using core::Duration;
using core::insist;
using core::while_waiting;

/// Between two looks at a function. The service's own waiters take 1 to 5 s, and most changes need one.
inline constexpr Duration kFirstLook = std::chrono::milliseconds(200);
inline constexpr Duration kSlowestLook = std::chrono::seconds(2);
/// How long an identity that was just made may be unknown to the runtime, and a function not ready for a call.
/// Longer means that it is wrong, not late.
inline constexpr Duration kPropagationLimit = std::chrono::seconds(60);
inline constexpr Duration kFirstIdentityWait = std::chrono::seconds(1);
inline constexpr Duration kLongestIdentityWait = std::chrono::seconds(5);

/// Both hooks set.
FunctionRuntimeHooks with_defaults(FunctionRuntimeHooks hooks);

/// Waits by a runtime's hooks.
class Pacing : public core::Pacing {
 public:
  /// Keeps references to both.
  Pacing(const FunctionRuntimeHooks& hooks, const Context& context, Duration limit, Duration first = kFirstLook,
         Duration longest = kSlowestLook)
      : core::Pacing({hooks.now, hooks.wait, {}}, context, limit, first, longest) {}
};

/// Whether "too many calls at once" is waited out, too.
enum class Throttling { passes, is_an_error };

/// What a driver may answer although the same call will succeed soon, and how long that is waited for.
class Patience {
 public:
  /// Another change has not ended: for `limit`. Keeps references to both.
  Patience(const FunctionRuntimeHooks& hooks, const Context& context, Duration limit = kPropagationLimit,
           Throttling throttling = Throttling::passes);
  /// Also for an identity that is not known yet: for `kPropagationLimit` from now.
  void expect_new_identity() {
    identity_.emplace(hooks_, context_, kPropagationLimit, kFirstIdentityWait, kLongestIdentityWait);
  }

  /// Success: call again. Else what to answer instead: `error` itself, or that the context ended meanwhile.
  Status pause(const Error& error);

 private:
  bool is_busy(const Error& error) const;

  const FunctionRuntimeHooks& hooks_;
  const Context& context_;
  Throttling throttling_;
  Pacing busy_;
  std::optional<Pacing> identity_;
};

}  // namespace cloudkit::inline v0::function_runtime
