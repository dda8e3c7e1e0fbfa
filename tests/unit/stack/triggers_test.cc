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

/// Endpoints have the id of the API that they are of, as those of API Gateway do.
class SharedApi final : public ForwardingRuntime {
 public:
  using ForwardingRuntime::ForwardingRuntime;
  Result<Endpoint> expose(std::string_view function, const EndpointSpec& spec) override {
    auto made = inner_->expose(function, spec);
    if (made) made->id = "api";
    return made;
  }
  Result<std::vector<Endpoint>> list_endpoints(std::string_view function, const Context& context) override {
    auto all = inner_->list_endpoints(function, context);
    if (!all) return all;
    for (Endpoint& each : *all) each.id = "api";
    return all;
  }
  Status unexpose(std::string_view function, const Endpoint& endpoint, const Context& context) override {
    const auto all = inner_->list_endpoints(function, context);
    if (!all) return all.error();
    for (const Endpoint& each : *all) {
      if (each.method == endpoint.method && each.path == endpoint.path)
        return inner_->unexpose(function, each, context);
    }
    return {};
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

// "hello", called at GET /read and at POST /write.
Stack with_two_endpoints(const StackCloud& cloud) {
  Stack stack("small");
  const auto function = stack.function(triggered(cloud));
  EndpointSpec endpoint;
  endpoint.stage = "dev";
  endpoint.method = "GET";
  endpoint.path = "/read";
  stack.endpoint(function.ref("name"), endpoint, {"read"});
  endpoint.method = "POST";
  endpoint.path = "/write";
  stack.endpoint(function.ref("name"), endpoint, {"write"});
  return stack;
}

std::string paths_of_hello(const StackCloud& cloud) {
  std::string paths;
  for (const Endpoint& each : cloud.providers.functions->endpoints("hello").value()) paths += each.path;
  return paths;
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

TEST_CASE(
    "endpoints that share an id are told apart: each is looked at, replaced, forgotten, imported and removed alone") {
  MemoryCloud memory;
  const StackCloud cloud = with_runtime<SharedApi>(memory);
  const Stack stack = with_two_endpoints(cloud);
  CHECK(applied(cloud, stack) == "");
  for (const char* address : {"endpoint.read", "endpoint.write"}) {
    CAPTURE(address);
    REQUIRE(cloud.deployment(stack).forget(address));
    CHECK(text_of(cloud.deployment(stack).import_resource(address, "api")) == "success");
    CHECK_FALSE(cloud.deployment(stack).plan().value().has_changes());
  }
  const Stack moved = changed(stack, [](StackResource& resource) {
    if (resource.address() == "endpoint.read") std::get<StackEndpoint>(resource.spec).spec.path = "/look";
  });
  CHECK(cloud.deployment(moved).plan().value().count(StackAction::replace) == 1);
  CHECK(applied(cloud, moved) == "");
  CHECK(paths_of_hello(cloud) == "/write/look");
  Stack fewer("small");
  for (const StackResource& resource : moved.resources()) {
    if (resource.address() != "endpoint.write") fewer.add(resource);
  }
  CHECK(applied(cloud, fewer) == "");
  CHECK(paths_of_hello(cloud) == "/look");
  CHECK(destroyed(cloud, fewer) == "");
}

TEST_CASE("an endpoint is not imported under two addresses, one that has its id only is") {
  MemoryCloud memory;
  const StackCloud cloud = with_runtime<SharedApi>(memory);
  const Stack stack = with_two_endpoints(cloud);
  CHECK(applied(cloud, stack) == "");
  Stack twice = stack;
  StackEndpoint again = std::get<StackEndpoint>(stack.resources().back().spec);
  twice.endpoint("{{function.hello.name}}", again.spec, {"again"});
  CHECK(contains(text_of(cloud.deployment(twice).import_resource("endpoint.again", "api")),
                 "api is in the state already, as endpoint.write"));
  CHECK(destroyed(cloud, stack) == "");
}
