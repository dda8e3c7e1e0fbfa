#include "testing/compute/suite.h"

/// What a machine does with its user data.
namespace cloudkit::inline v0::testing::machines {
namespace {

void needs_user_data(const ComputeCase& c) {
  c.needs(c.can().user_data, "user_data");
  if (!c.harness().executes) c.skip("the harness says that nothing runs");
}

// The boots that its user data has counted.
std::string boots(const ComputeCase& c, const std::string& id) {
  const auto counted = c.compute().run(id, "cat \"${HOME:-/tmp}/ck-boots\" 2>/dev/null; true");
  return counted ? counted->out : std::string();
}

void user_data_runs_once(const ComputeCase& c) {
  needs_user_data(c);
  c.needs_commands();
  InstanceSpec spec = c.spec();
  spec.user_data = "#!/bin/sh\necho boot >> \"${HOME:-/tmp}/ck-boots\"\n";
  const std::string id = c.create_running(spec).id;
  c.expect(c.soon([&] { return boots(c, id) == "boot\n"; }), "the user data should have run once");
  if (!c.can().power) return;
  c.expect_ok(c.compute().stop(id), "stopping");
  c.wait_until(id, InstanceState::stopped);
  c.expect_ok(c.compute().start(id), "starting");
  const std::string before = c.wait_until(id, InstanceState::running).boot_id;
  c.expect_ok(c.compute().reboot(id), "rebooting");
  // A reboot takes a while to begin, and until then nothing has had a second chance to run.
  c.expect(before.empty() || c.soon([&] {
    const auto now = c.compute().get(id);
    return now && now->state == InstanceState::running && now->boot_id != before;
  }),
           "after a reboot the boot id should be another than " + show(before));
  c.wait_until(id, InstanceState::running);
  c.expect(c.soon([&] { return !boots(c, id).empty(); }), "what the user data wrote should still be there");
  c.expect_equal(boots(c, id), "boot\n", "what the user data wrote, after a start and a reboot");
}

void user_data_over_limit_rejected(const ComputeCase& c) {
  c.needs(c.can().user_data, "user_data");
  if (c.can().max_user_data == 0) c.skip("the backend has no limit of user data");
  InstanceSpec spec = c.spec();
  spec.user_data = "#!/bin/sh\n#";
  spec.user_data.resize(static_cast<std::size_t>(c.can().max_user_data) + 1, '#');
  const Error error =
      c.expect_error(c.try_create(spec), ErrorCode::invalid_argument, "creating with too much user data");
  c.expect(error.message.find(std::to_string(c.can().max_user_data)) != std::string::npos,
           "the error should name the limit: " + show(error));
  c.expect_error(c.compute().find(spec.name), ErrorCode::not_found, "finding what was refused");
  spec.user_data.pop_back();
  c.create(spec);
}

void console_contains_marker(const ComputeCase& c) {
  c.needs(c.can().console, "console");
  needs_user_data(c);
  InstanceSpec spec = c.spec();
  spec.user_data = "#!/bin/sh\necho ck-marker-$((6 * 7))\n";
  const std::string id = c.create_running(spec).id;
  std::string seen;
  c.expect(c.soon([&] {
    const auto console = c.compute().console(id);
    if (console) seen = *console;
    return seen.find("ck-marker-42") != std::string::npos;
  }),
           "the console should show what the user data printed, not only " + show(seen));
}

constexpr ComputeCaseEntry kBootCases[] = {
    {"user_data_runs_once", user_data_runs_once},
    {"user_data_over_limit_rejected", user_data_over_limit_rejected},
    {"console_contains_marker", console_contains_marker},
};

}  // namespace

ComputeCaseList boot_cases() { return kBootCases; }

}  // namespace cloudkit::inline v0::testing::machines
