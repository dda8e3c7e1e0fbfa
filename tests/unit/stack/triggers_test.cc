#include "core/cron.h"
#include "support/forwarding_runtime.h"
#include "support/quiet_log.h"
#include "support/stack_cases.h"

#include <doctest/doctest.h>

// What calls a function, where services tell of it otherwise than it was asked for.
using namespace cloudkit;
using namespace ::test::stacks;
using ::test::contains;
using ::test::MemoryCloud;
using ::test::StackCloud;

namespace {

/// Tells lines of cron by its own words, as EventBridge does.
class OwnCronWords final : public ForwardingRuntime {
 public:
  using ForwardingRuntime::ForwardingRuntime;
  Result<std::vector<Schedule>> list_schedules(std::string_view function, const Context& context) override {
    auto all = inner_->list_schedules(function, context);
    if (!all) return all;
    for (Schedule& each : *all) each.cron = core::to_string(core::parse_cron(each.cron).value());
    return all;
  }
};

template <class Driver>
StackCloud with_runtime(MemoryCloud& memory) {
  StackCloud other = memory.cloud();
  other.providers.functions =
      FunctionRuntime(std::make_shared<Driver>(memory.functions().driver()), memory.functions().hooks());
  return other;
}

FunctionSpec triggered(const StackCloud& cloud) {
  FunctionSpec spec;
  spec.name = "hello";
  spec.code = FunctionCode::directory(cloud.code);
  spec.runtime = cloud.runtime;
  spec.handler = "app.handler";
  return spec;
}

}  // namespace

TEST_CASE("a schedule whose line the service tells by its own words is unchanged, also once imported") {
  MemoryCloud memory;
  const StackCloud cloud = with_runtime<OwnCronWords>(memory);
  for (const char* cron : {"*/5 * * * *", "0 1 * * mon-fri", "30 2 * jan 7"}) {
    CAPTURE(cron);
    Stack stack("small");
    const auto function = stack.function(triggered(cloud));
    ScheduleSpec often;
    often.name = "often";
    often.cron = cron;
    stack.schedule(function.ref("name"), often);
    CHECK(applied(cloud, stack) == "");
    REQUIRE(cloud.deployment(stack).forget("schedule.often"));
    REQUIRE(cloud.deployment(stack).import_resource("schedule.often", "often"));
    CHECK_FALSE(cloud.deployment(stack).plan().value().has_changes());
    CHECK(destroyed(cloud, stack) == "");
  }
}
