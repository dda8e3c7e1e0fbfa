#include "specs.h"
#include "support/forwarding_compute.h"
#include "support/quiet_log.h"
#include "support/stack_cases.h"

#include <doctest/doctest.h>

// States that would keep a stack from ever being planned again.
using namespace cloudkit;
using namespace ::test::stacks;
using ::test::contains;
using ::test::MemoryCloud;
using ::test::StackCloud;

namespace {

// In the state's text, which is accepted as it is from then on.
void edit(const StackCloud& cloud, const std::string& before, const std::string& after) {
  std::string state = cloud.state_text("stacks/small.json");
  const std::size_t at = state.find(before);
  REQUIRE(at != std::string::npos);
  state.replace(at, before.size(), after);
  cloud.state.put("stacks/small.json", state).value();
}

/// Whose machines are made, or not, and nobody hears of it.
class LosingReplies : public ForwardingCompute {
 public:
  LosingReplies(std::shared_ptr<ComputeDriver> inner, bool arrives)
      : ForwardingCompute(std::move(inner)), arrives_(arrives) {}

  Result<Instance> create(const InstanceSpec& spec, const Context& context) override {
    if (arrives_) (void)ForwardingCompute::create(spec, context);
    Error error(ErrorCode::timeout, "no reply");
    error.retryable = error.may_have_happened = true;
    return error;
  }

 private:
  const bool arrives_;
};

}  // namespace

TEST_CASE("needs in the state that go in a circle keep nobody from planning and destroying") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  const Stack stack = guarded_machine();
  StackPlanOptions looking;
  looking.accept_edited = true;
  StackApplyOptions options;
  options.accept_edited = true;
  for (const bool is_declared : {true, false}) {
    CAPTURE(is_declared);
    REQUIRE(applied(cloud, stack).empty());
    // The firewall is before the machine, and has no needs of its own.
    edit(cloud, R"("outputs":)", R"("needs":["instance.web"],"outputs":)");
    const Stack now = is_declared ? stack : Stack("small");
    CHECK(text_of(cloud.deployment(now).plan(looking)) == "success");
    const auto report = cloud.deployment(now).destroy(options);
    REQUIRE(report.has_value());
    CHECK(text_of(*report) == "success");
    CHECK(cloud.leftovers().empty());
  }
}

TEST_CASE("what was begun by a clock that is hours ahead is not looked for until then") {
  MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  REQUIRE(applied(cloud, guarded_machine()).empty());
  for (const auto& each : cloud.machines()) REQUIRE(cloud.providers.compute->destroy(each.id));
  cloudkit::memory::ComputeFaults faults;
  faults.late_looks = 1;  // It may not show what was just made.
  memory.compute().set_faults(faults);
  StackCloud behind = cloud;
  behind.hooks.now = [&] { return cloud.hooks.now() - std::chrono::hours(5); };
  const TimePoint begin = cloud.hooks.now();
  const auto plan = behind.deployment(guarded_machine()).plan().value();
  CHECK(step_of(plan, "instance.web").reason == "it is gone");
  CHECK(cloud.hooks.now() - begin < std::chrono::minutes(1));
  CHECK(destroyed(cloud, guarded_machine()).empty());
}

TEST_CASE("what a repeated making made a moment ago is waited for, however long ago it was first begun") {
  MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  StackCloud losing = cloud;
  for (const bool arrives : {false, true}) {
    losing.providers.compute =
        Compute(std::make_shared<LosingReplies>(memory.compute().driver(), arrives), memory.compute().hooks());
    CHECK(contains(text_of(losing.deployment(guarded_machine()).apply().value()), "no reply"));
    cloudkit::memory::ComputeFaults faults;
    faults.late_looks = 2;
    memory.compute().set_faults(faults);
    if (!arrives) cloud.advance(std::chrono::hours(1));
  }
  CHECK(destroyed(cloud, guarded_machine()).empty());
}

TEST_CASE("where everything is seen at once, what is gone is not waited for") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  REQUIRE(applied(cloud, guarded_machine()).empty());
  for (const auto& each : cloud.machines()) REQUIRE(cloud.providers.compute->destroy(each.id));
  StackCloud impatient = cloud;
  impatient.hooks.wait = [](const Context&, Context::Clock::duration) -> Status {
    return Error(ErrorCode::timeout, "it waits");
  };
  const auto plan = impatient.deployment(guarded_machine()).plan();
  CHECK(text_of(plan) == "success");
  CHECK(step_of(plan.value(), "instance.web").reason == "it is gone");
  CHECK(destroyed(cloud, guarded_machine()).empty());
}

TEST_CASE("a state that was edited, and accepted, is as it should be from then on") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  for (const bool refreshes : {true, false}) {
    REQUIRE(applied(cloud, guarded_machine()).empty());
    edit(cloud, R"("serial":)", R"("serial":1)");
    CHECK(contains(text_of(cloud.deployment(guarded_machine()).plan()), "somebody has edited it"));
    StackApplyOptions options;
    options.accept_edited = true;
    CAPTURE(refreshes);
    CHECK((refreshes ? cloud.deployment(guarded_machine()).refresh(options).has_value()
                     : cloud.deployment(guarded_machine()).apply(options).has_value()));
    CHECK(text_of(cloud.deployment(guarded_machine()).plan()) == "success");
  }
  CHECK(destroyed(cloud, guarded_machine()).empty());
}

TEST_CASE("a machine whose making was interrupted has no address that a plan would promise") {
  bool was_found = false;
  for (long call = 1; call < 30; ++call) {
    MemoryCloud memory;
    const StackCloud& cloud = memory.cloud();
    Stack stack = guarded_machine();
    stack.output("address", "{{instance.web.public_ip}}").output("id", "{{instance.web.id}}");
    memory.crash().at(call, true);
    (void)cloud.deployment(stack).apply();
    memory.crash().never();
    cloud.advance(std::chrono::seconds(61));
    const auto plan = cloud.deployment(stack).plan().value();
    const StackPlanStep& step = step_of(plan, "instance.web");
    if (step.action == StackAction::update && step.reason == "its making was interrupted") {
      was_found = true;
      CHECK(plan.outputs.at("address") == "(known after apply)");
      CHECK(plan.outputs.at("id") == step.id);
    }
    REQUIRE(applied(cloud, stack).empty());
    CHECK(destroyed(cloud, stack).empty());
  }
  CHECK(was_found);
}
