#include "function_runtime/deploy.h"

#include "core/log.h"
#include "function_runtime/difference.h"
#include "function_runtime/patience.h"
#include "function_runtime/wait.h"

namespace cloudkit::inline v0::function_runtime {
namespace {

// Others deploy and remove, and replies are lost: then what is there is looked at anew.
constexpr int kRounds = 4;

class Deployment {
 public:
  Deployment(FunctionRuntimeDriver& driver, const FunctionRuntimeHooks& hooks, const FunctionSpec& spec,
             const FunctionPackage& package, const DeployOptions& options)
      : driver_(driver),
        hooks_(hooks),
        spec_(spec),
        package_(package),
        context_(options.context),
        wait_limit_(as_limit(options.wait_limit)),
        patience_(hooks, context_, wait_limit_),
        needs_identity_(spec.identity.empty() && driver.capabilities().identities) {}

  Result<Function> run() {
    auto done = try_rounds();
    if (done || !may_have_happened_) return done;
    Error error = std::move(done).error();
    error.may_have_happened = true;
    return error;
  }

 private:
  Result<Function> try_rounds() {
    for (int round = 1;; ++round) {
      auto present = look();
      if (!present && present.error().code != ErrorCode::not_found) return present;
      const ErrorCode overtaken = present ? ErrorCode::not_found : ErrorCode::already_exists;
      auto done = present ? change(*std::move(present)) : make();
      if (done) return done;
      // Also when the look that follows fails, at once for a context that has ended.
      may_have_happened_ = may_have_happened_ || done.error().may_have_happened;
      if (round == kRounds) return done;
      // Somebody removed it, or their first deployment was faster; or the reply to our change was lost.
      if (done.error().code != overtaken && !done.error().may_have_happened) return done;
      core::log(LogLevel::debug, "looks again at a function that changed meanwhile",
                {{"function", spec_.name}, {"reason", done.error().message}});
    }
  }

  Result<Function> look() {
    if (!exists_) return insist(patience_, [&] { return driver_.get(spec_.name, {}, context_); });
    // It is known to be there, and may be seen late.
    return wait_for_state(
        driver_, spec_.name, [](FunctionState) { return true; }, Absence::may_be_late, looks(), context_);
  }

  Result<Function> make() {
    if (auto ready = ensure_identity(); !ready) return std::move(ready).error();
    auto made = insist(patience_, [&] { return driver_.create(spec_, package_, context_); });
    exists_ = made || made.error().code == ErrorCode::already_exists;
    if (!made) return made;
    return wait_until_ready(Absence::may_be_late);
  }

  Result<Function> change(Function present) {
    exists_ = false;
    if (is_in_motion(present.state)) {
      auto resting = wait_for_state(
          driver_, spec_.name, [](FunctionState state) { return !is_in_motion(state); }, Absence::is_an_error, looks(),
          context_);
      if (!resting) return resting;
      present = *std::move(resting);
    }
    if (auto ready = ensure_identity(); !ready) return std::move(ready).error();
    const std::string members = changed_members(present.spec, spec_);
    // New code is the one thing that may wake what failed.
    if (present.state == FunctionState::failed || !has_same_code(present, spec_, package_)) {
      auto updated = update("code", [&] { return driver_.update_code(spec_, package_, context_); });
      if (!updated) return updated;
      present = *std::move(updated);
    }
    if (members.empty()) return present;
    return update(members, [&] { return driver_.update_config(spec_, context_); });
  }

  // A service takes no second change before the first has ended.
  template <class Call>
  Result<Function> update(std::string_view what, Call call) {
    core::log(LogLevel::debug, "updates a function", {{"function", spec_.name}, {"changed", what}});
    if (auto sent = insist(patience_, call); !sent) return sent;
    return wait_until_ready(Absence::is_an_error);
  }

  Status ensure_identity() {
    if (!needs_identity_) return {};
    auto identity = insist(patience_, [&] { return driver_.ensure_identity(spec_.name, context_); });
    if (!identity) return std::move(identity).error();
    spec_.identity = std::move(identity->id);
    // Only then: else a wrong identity would look like a late one.
    if (identity->changed) patience_.expect_new_identity();
    needs_identity_ = false;
    return {};
  }

  Result<Function> wait_until_ready(Absence absence) {
    return wait_for_state(driver_, spec_.name, is_ready, absence, looks(), context_);
  }

  Pacing looks() const { return {hooks_, context_, wait_limit_}; }

  FunctionRuntimeDriver& driver_;
  const FunctionRuntimeHooks& hooks_;
  FunctionSpec spec_;
  const FunctionPackage& package_;
  const Context& context_;
  Duration wait_limit_;
  Patience patience_;
  bool needs_identity_;
  bool exists_ = false;
  bool may_have_happened_ = false;
};

}  // namespace

Result<Function> deploy(FunctionRuntimeDriver& driver, const FunctionRuntimeHooks& hooks, const FunctionSpec& spec,
                        const FunctionPackage& package, const DeployOptions& options) {
  return Deployment(driver, hooks, spec, package, options).run();
}

}  // namespace cloudkit::inline v0::function_runtime
