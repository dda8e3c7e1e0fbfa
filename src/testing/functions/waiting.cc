#include "testing/functions/suite.h"

#include <chrono>

/// What services take their time for.
namespace cloudkit::inline v0::testing::functions {
namespace {

void needs_delay(const FunctionCase& c) {
  if (!c.harness().delay) c.skip("the harness has no delay");
}

void update_in_progress_is_retried(const FunctionCase& c) {
  needs_delay(c);
  c.deploy(c.spec("behaviour.revision", 1));
  ServiceDelays delays;
  delays.update_conflicts = 3;
  delays.pending_looks = 2;
  c.harness().delay(delays);
  FunctionSpec changed = c.spec("behaviour.revision", 2);
  changed.memory_mib = 512;
  c.expect_equal(c.deploy(changed).spec.memory_mib, 512, "the memory after other deployers' updates");
  c.expect_equal(c.call(changed.name), "2", "what the function answers after other deployers' updates");
}

void new_function_is_waited_for(const FunctionCase& c) {
  needs_delay(c);
  ServiceDelays delays;
  delays.late_looks = 2;
  delays.pending_looks = 3;
  c.harness().delay(delays);
  const std::string name = c.deploy_behaviour("behaviour.echo");
  c.expect_equal(c.call(name, "1"), "1", "what a function answers that was seen late");
}

void role_propagation_is_retried_then_capped(const FunctionCase& c) {
  needs_delay(c);
  c.needs(c.can().identities, "identities");
  ServiceDelays delays;
  delays.unknown_identities = 3;
  c.harness().delay(delays);
  c.deploy_behaviour("behaviour.echo");
  if (!c.harness().virtual_time) return;
  delays.unknown_identities = 1'000'000;
  c.harness().delay(delays);
  c.expect_error(c.runtime().deploy(c.spec("behaviour.echo", 1, "late")), ErrorCode::permission_denied,
                 "deploying with an identity that never becomes known");
}

void cancel_during_wait(const FunctionCase& c) {
  const std::string name = c.deploy_behaviour("behaviour.echo");
  WaitFunctionOptions options;
  options.wait_limit = std::chrono::hours(24 * 365);
  options.context = Context::cancellable();
  c.expect_cancel_ends(options.context, [&] { return c.runtime().wait_until(name, FunctionState::deleting, options); });
}

constexpr FunctionCaseEntry kWaitCases[] = {
    {"update_in_progress_is_retried", update_in_progress_is_retried},
    {"new_function_is_waited_for", new_function_is_waited_for},
    {"role_propagation_is_retried_then_capped", role_propagation_is_retried_then_capped},
    {"cancel_during_wait", cancel_during_wait},
};

}  // namespace

FunctionCaseList wait_cases() { return kWaitCases; }

}  // namespace cloudkit::inline v0::testing::functions
