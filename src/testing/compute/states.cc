#include "testing/compute/suite.h"

#include <chrono>

/// What a machine's states are, and what leads from one to the next.
namespace cloudkit::inline v0::testing::machines {
namespace {

using std::chrono::seconds;

void stop_wait_start_wait(const ComputeCase& c) {
  c.needs(c.can().power, "power");
  const Instance made = c.create_running(c.spec());
  if (c.harness().delay) {
    ComputeDelays delays;
    delays.stopping_looks = delays.pending_looks = 2;
    c.harness().delay(delays);
  }
  c.expect_ok(c.compute().stop(made.id), "stopping");
  c.expect_equal(c.wait_until(made.id, InstanceState::stopped).id, made.id, "the id of what was stopped");
  c.expect_ok(c.compute().stop(made.id), "stopping what is stopped");
  c.expect_error(c.compute().reboot(made.id), ErrorCode::conflict, "rebooting what is stopped");
  c.expect_ok(c.compute().start(made.id), "starting");
  const Instance again = c.wait_until(made.id, InstanceState::running);
  c.expect_equal(again.id, made.id, "the id of what was started again");
  c.expect_equal(again.name, made.name, "its name");
  c.expect_ok(c.compute().start(made.id), "starting what runs");
}

void reboot_changes_boot_id(const ComputeCase& c) {
  c.needs(c.can().power, "power");
  const Instance before = c.create_running(c.spec());
  if (before.boot_id.empty()) c.skip("the backend does not tell boot ids");
  c.expect_ok(c.compute().reboot(before.id), "rebooting");
  c.expect(c.soon([&] {
    const auto now = c.compute().get(before.id);
    return now && now->state == InstanceState::running && now->boot_id != before.boot_id;
  }),
           "after a reboot the boot id should be another than " + show(before.boot_id));
}

void destroy_then_gone_twice_ok(const ComputeCase& c) {
  const Instance made = c.create_running(c.spec());
  if (c.harness().delay) {
    ComputeDelays delays;
    delays.terminating_looks = 2;
    c.harness().delay(delays);
  }
  c.expect_ok(c.compute().destroy(made.id, {.wait = true}), "destroying and waiting");
  const auto gone = c.compute().get(made.id);
  if (gone) {
    c.expect(gone->state == InstanceState::terminated,
             "what was destroyed should be terminated, not " + std::string(to_string(gone->state)));
  } else {
    c.expect_error(gone, ErrorCode::not_found, "getting what was destroyed");
  }
  c.expect_ok(c.compute().destroy(made.id, {.wait = true}), "destroying it again");
  c.wait_until(made.id, InstanceState::terminated);
  c.expect_ok(c.compute().destroy(c.harness().missing_id), "destroying a missing machine");
  c.expect_error(c.compute().find(made.name), ErrorCode::not_found, "finding what was destroyed");
}

void start_terminated_is_conflict(const ComputeCase& c) {
  c.needs(c.can().power, "power");
  const Instance made = c.create_running(c.spec());
  c.destroy(made.id);
  // Where it is not listed any more, it is missing.
  const auto refused = {ErrorCode::conflict, ErrorCode::not_found};
  c.expect_error(c.compute().start(made.id), refused, "starting what is gone");
  c.expect_error(c.compute().stop(made.id), refused, "stopping what is gone");
  c.expect_error(c.compute().reboot(made.id), refused, "rebooting what is gone");
  c.expect_error(c.compute().wait_until(made.id, InstanceState::running), refused, "waiting for what is gone");
}

void stop_pending_allowed_or_conflict(const ComputeCase& c) {
  c.needs(c.can().power, "power");
  if (c.harness().delay) {
    ComputeDelays delays;
    delays.pending_looks = 3;
    c.harness().delay(delays);
  }
  const Instance made = c.create(c.spec());
  const auto stopped = c.compute().stop(made.id);
  if (!stopped) {
    c.expect_error(stopped, ErrorCode::conflict, "stopping what is pending");
    c.wait_until(made.id, InstanceState::running);
  } else {
    c.wait_until(made.id, InstanceState::stopped);
  }
}

void capacity_error_not_retried(const ComputeCase& c) {
  c.needs_delay();
  const auto requests = [&] { return c.harness().request_count ? c.harness().request_count() : 0; };
  const long before = requests();
  c.create(c.spec());
  const long usual = requests() - before;
  ComputeDelays delays;
  delays.no_capacity = true;
  c.harness().delay(delays);
  const long refused_before = requests();
  const Error error = c.expect_error(c.try_create(c.spec("more")), ErrorCode::unavailable, "creating without room");
  c.expect(!error.retryable, "the error should not promise that the same call will do: " + show(error));
  c.expect(requests() - refused_before <= usual,
           "what was refused for want of room should not be tried again: " + show(requests() - refused_before) +
               " requests, not " + show(usual));
  c.harness().delay({});
  c.expect_error(c.compute().find(c.name("more")), ErrorCode::not_found, "finding what there was no room for");
}

void wait_deadline_reports_last_state(const ComputeCase& c) {
  const std::string id = c.can().create ? c.create_running(c.spec()).id : c.harness().host;
  const std::string state(to_string(c.expect_ok(c.compute().get(id), "getting it").state));
  WaitInstanceOptions options;
  options.wait_limit = seconds(1);
  const Error late =
      c.expect_error(c.compute().wait_until(id, InstanceState::stopped, options), ErrorCode::timeout, "waiting 1 s");
  c.expect(late.message.find(state) != std::string::npos,
           "the error should say that it is " + state + ": " + show(late));
  options.wait_limit = std::chrono::hours(24 * 365);
  // Enough for a look, however slow the backend is, and more where this machine is busy with other things.
  const auto begun = std::chrono::steady_clock::now();
  c.expect_ok(c.compute().get(id), "getting it");
  const auto look = std::chrono::steady_clock::now() - begun;
  bool says_state = false;
  for (auto limit = std::chrono::milliseconds(100) + 4 * look; !says_state; limit *= 4) {
    options.context = Context::with_timeout(limit);
    const Error ended = c.expect_error(c.compute().wait_until(id, InstanceState::stopped, options), ErrorCode::timeout,
                                       "waiting beyond a deadline");
    says_state = ended.message.find(state) != std::string::npos;
    c.expect(says_state || limit < seconds(5), "the error should say that it is " + state + ": " + show(ended));
  }

  options.context = Context::cancellable();
  c.expect_cancel_ends(options.context, [&] { return c.compute().wait_until(id, InstanceState::stopped, options); });
}

constexpr ComputeCaseEntry kStateCases[] = {
    {"stop_wait_start_wait", stop_wait_start_wait},
    {"reboot_changes_boot_id", reboot_changes_boot_id},
    {"destroy_then_gone_twice_ok", destroy_then_gone_twice_ok},
    {"start_terminated_is_conflict", start_terminated_is_conflict},
    {"stop_pending_allowed_or_conflict", stop_pending_allowed_or_conflict},
    {"capacity_error_not_retried", capacity_error_not_retried},
    {"wait_deadline_reports_last_state", wait_deadline_reports_last_state},
};

}  // namespace

ComputeCaseList state_cases() { return kStateCases; }

}  // namespace cloudkit::inline v0::testing::machines
