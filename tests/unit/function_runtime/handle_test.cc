#include "deploying.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::test;

namespace {

struct Handle {
  std::shared_ptr<ScriptedRuntime> driver = std::make_shared<ScriptedRuntime>();
  FakeTime time;
  FunctionRuntime runtime{driver, time.hooks()};
  const Calls& calls() const { return driver->calls; }
};

Function in_state(FunctionState state, std::string reason = {}) {
  Function function;
  function.state = state;
  function.state_reason = std::move(reason);
  return function;
}

Context cancelled() {
  Context context = Context::cancellable();
  context.cancel();
  return context;
}

}  // namespace

TEST_CASE("every error names the operation and the function") {
  Handle handle;
  handle.driver->gets << no_function();
  handle.driver->invocations << no_function();
  handle.driver->schedules << no_function();
  handle.driver->endpoint_lists << no_function();
  handle.driver->schedule_lists << no_function();
  handle.driver->log_pages << no_function();
  handle.driver->on_call = [](const std::string&) { return no_function(); };
  const auto facts = [](const auto& result) { return result ? "success" : result.error().to_string(); };
  const FunctionRuntime& runtime = handle.runtime;
  const std::string missing = " fake://here function hello: not_found: there is no such function";
  CHECK(facts(runtime.get("hello")) == "get" + missing);
  CHECK(facts(runtime.wait_until("hello", FunctionState::active)) == "wait_until" + missing);
  CHECK(facts(runtime.invoke("hello")) == "invoke" + missing);
  CHECK(facts(runtime.expose("hello", {})) == "expose" + missing);
  CHECK(facts(runtime.endpoints("hello")) == "endpoints" + missing);
  CHECK(facts(runtime.schedule("hello", {.name = "daily", .cron = "0 1 * * *"})) == "schedule" + missing);
  CHECK(facts(runtime.schedules("hello")) == "schedules" + missing);
  CHECK(facts(runtime.unschedule("hello", "daily")) == "unschedule" + missing);
  CHECK(facts(runtime.logs("hello", [](const LogEvent&) { return Status(); })) == "logs" + missing);
  CHECK(facts(runtime.publish("hello")) == "publish" + missing);
  CHECK(facts(runtime.set_alias("hello", "live", "7")) == "set_alias" + missing);
  Endpoint endpoint;
  endpoint.id = "e1";
  CHECK(facts(runtime.unexpose("hello", endpoint)) == "unexpose" + missing);
  handle.driver->pages << Error(ErrorCode::unavailable, "no route");
  CHECK(facts(runtime.list()) == "list fake://here: unavailable: no route");
  // Removing what is not there is success.
  CHECK(runtime.remove("hello"));
}

TEST_CASE("what is of a whole function refuses a version's or an alias's reference, and costs no request") {
  Handle handle;
  const FunctionRuntime& runtime = handle.runtime;
  const auto code = [](const auto& result) { return result ? "success" : std::string(to_string(result.error().code)); };
  Endpoint endpoint;
  endpoint.id = "e1";
  for (const char* name : {"hello:3", "arn:aws:lambda:us-west-2:123456789012:function:hello:live"}) {
    CAPTURE(name);
    CHECK(code(runtime.remove(name)) == "invalid_argument");
    CHECK(code(runtime.remove(name, {.cascade = true})) == "invalid_argument");
    CHECK(code(runtime.expose(name, {})) == "invalid_argument");
    CHECK(code(runtime.endpoints(name)) == "invalid_argument");
    CHECK(code(runtime.unexpose(name, endpoint)) == "invalid_argument");
    CHECK(code(runtime.schedule(name, {.name = "daily", .cron = "0 1 * * *"})) == "invalid_argument");
    CHECK(code(runtime.schedules(name)) == "invalid_argument");
    CHECK(code(runtime.unschedule(name, "daily")) == "invalid_argument");
    CHECK(code(runtime.logs(name, [](const LogEvent&) { return Status(); })) == "invalid_argument");
    CHECK(code(runtime.publish(name)) == "invalid_argument");
    CHECK(code(runtime.set_alias(name, "live", "3")) == "invalid_argument");
  }
  CHECK(handle.calls().empty());
  CHECK(runtime.remove("hello:3").error().to_string() ==
        "remove fake://here function hello:3: invalid_argument: \"hello:3\" names a version or an alias, and this is "
        "done to a whole function\n  hint: leave \":3\" away; get and invoke take it");
  handle.driver->gets << in_state(FunctionState::active);
  handle.driver->invocations << InvokeResult();
  CHECK(runtime.get("hello:3"));
  CHECK(runtime.invoke("hello:live"));
}

TEST_CASE("a context that has ended lets no call through") {
  Handle handle;
  const FunctionRuntime& runtime = handle.runtime;
  const Context context = cancelled();
  const auto code = [](const auto& result) { return result ? "success" : std::string(to_string(result.error().code)); };
  FunctionSpec spec;
  spec.name = "hello";
  spec.code = FunctionCode::image("registry/image");
  Endpoint endpoint;
  endpoint.id = "e1";
  CHECK(code(runtime.deploy(spec, {.context = context})) == "cancelled");
  CHECK(code(runtime.get("hello", {.context = context})) == "cancelled");
  CHECK(code(runtime.list({.context = context})) == "cancelled");
  CHECK(code(runtime.wait_until("hello", FunctionState::active, {.context = context})) == "cancelled");
  CHECK(code(runtime.invoke("hello", {}, {.context = context})) == "cancelled");
  CHECK(code(runtime.remove("hello", {.context = context})) == "cancelled");
  CHECK(code(runtime.expose("hello", {.context = context})) == "cancelled");
  CHECK(code(runtime.endpoints("hello", {.context = context})) == "cancelled");
  CHECK(code(runtime.unexpose("hello", endpoint, {.context = context})) == "cancelled");
  CHECK(code(runtime.schedule("hello", {.name = "daily", .cron = "0 1 * * *", .context = context})) == "cancelled");
  CHECK(code(runtime.schedules("hello", {.context = context})) == "cancelled");
  CHECK(code(runtime.unschedule("hello", "daily", {.context = context})) == "cancelled");
  CHECK(code(runtime.publish("hello", {.context = context})) == "cancelled");
  CHECK(code(runtime.set_alias("hello", "live", "1", {.context = context})) == "cancelled");
  CHECK(code(runtime.logs("hello", [](const LogEvent&) { return Status(); }, {.context = context})) == "cancelled");
  CHECK(handle.calls().empty());
}

TEST_CASE("a spec that cannot be deployed costs no request") {
  Handle handle;
  FunctionSpec spec;
  spec.name = "Hello World";
  spec.code = FunctionCode::directory("/does/not/exist");
  auto deployed = handle.runtime.deploy(spec);
  REQUIRE_FALSE(deployed);
  CHECK(deployed.error().to_string().starts_with(
      "deploy fake://here function Hello World: invalid_argument: \"Hello World\" is no name of a function: "));
  spec.name = "hello";
  deployed = handle.runtime.deploy(spec);
  REQUIRE_FALSE(deployed);
  CHECK(deployed.error().code == ErrorCode::io);
  CHECK(handle.calls().empty());
}

TEST_CASE("deploy packs the code and gives the driver a whole spec") {
  Handle handle;
  handle.driver->identities << FunctionIdentity{"role/hello-exec", false};
  handle.driver->gets << no_function() << in_state(FunctionState::active);
  handle.driver->creates << in_state(FunctionState::pending);
  FunctionSpec spec;
  spec.name = "hello";
  spec.code = FunctionCode::image("registry.example/hello:1");
  REQUIRE(handle.runtime.deploy(spec));
  CHECK(handle.calls() == Calls{"get hello", "ensure_identity hello", "create hello", "get hello"});
  CHECK(handle.driver->sent.architecture != Architecture::host);
  CHECK(handle.driver->sent.identity == "role/hello-exec");
}

TEST_CASE("a list has all pages, and ends when pages go in a circle") {
  const auto page = [](const std::vector<std::string>& names, std::string next) {
    FunctionPage made;
    for (const std::string& name : names) made.functions.emplace_back().name = name;
    made.next_page_token = std::move(next);
    return made;
  };
  Handle handle;
  SUBCASE("three pages, one of them empty") {
    handle.driver->pages << page({"a", "b"}, "t1") << page({}, "t2") << page({"c"}, "");
    const auto functions = handle.runtime.list();
    REQUIRE(functions);
    REQUIRE(functions->size() == 3);
    CHECK(functions->at(2).name == "c");
    CHECK(handle.calls() == Calls{"list_page ", "list_page t1", "list_page t2"});
  }
  SUBCASE("a circle") {
    handle.driver->pages << page({"a"}, "t1");
    const auto functions = handle.runtime.list();
    REQUIRE_FALSE(functions);
    CHECK(functions.error().message == "the service answered the same page token twice");
  }
}

TEST_CASE("wait_until looks until the state is there") {
  Handle handle;
  SUBCASE("any state") {
    handle.driver->gets << in_state(FunctionState::active) << in_state(FunctionState::failed);
    CHECK(handle.runtime.wait_until("hello", FunctionState::failed));
    CHECK(handle.time.waits == std::vector<long>{200});
  }
  SUBCASE("a sleeping function is an active one") {
    handle.driver->gets << in_state(FunctionState::inactive);
    CHECK(handle.runtime.wait_until("hello", FunctionState::active));
  }
  SUBCASE("one that failed will not be anything else") {
    handle.driver->gets << in_state(FunctionState::failed, "it exits at once");
    const auto waited = handle.runtime.wait_until("hello", FunctionState::active);
    REQUIRE_FALSE(waited);
    CHECK(waited.error().code == ErrorCode::conflict);
    CHECK(waited.error().message == "it failed: it exits at once");
  }
  SUBCASE("within its limit, which ends between two looks") {
    handle.driver->gets << in_state(FunctionState::pending);
    const auto waited =
        handle.runtime.wait_until("hello", FunctionState::active, {.wait_limit = std::chrono::seconds(3)});
    REQUIRE_FALSE(waited);
    CHECK(waited.error().to_string() ==
          "wait_until fake://here function hello: timeout: after 3 s it still is pending\n"
          "  hint: wait_until waits on; wait_limit says for how long");
    CHECK(handle.time.waits == std::vector<long>{200, 400, 800, 1600});
  }
  SUBCASE("with no time at all it looks once; with all the time there is no clock overflows") {
    handle.driver->gets << in_state(FunctionState::pending) << in_state(FunctionState::active);
    CHECK_FALSE(handle.runtime.wait_until("hello", FunctionState::active, {.wait_limit = std::chrono::seconds(-1)}));
    CHECK(handle.runtime.wait_until("hello", FunctionState::active, {.wait_limit = std::chrono::seconds::max()}));
    CHECK(handle.calls().size() == 2);
  }
}

TEST_CASE("a call waits for a function that is not ready, and for nothing else") {
  Handle handle;
  InvokeResult answer;
  answer.payload = "42";
  SUBCASE("not ready") {
    handle.driver->invocations << busy() << busy() << answer;
    const auto result = handle.runtime.invoke("hello", "41");
    REQUIRE(result);
    CHECK(result->payload == "42");
    CHECK(handle.driver->payload == "41");
    CHECK(handle.time.waits == std::vector<long>{200, 400});
  }
  SUBCASE("nothing to say is an empty object") {
    handle.driver->invocations << answer;
    REQUIRE(handle.runtime.invoke("hello"));
    CHECK(handle.driver->payload == "{}");
  }
  SUBCASE("called too often: the function may let nobody through") {
    Error throttled(ErrorCode::throttled, "reserved concurrency is 0");
    throttled.retryable = true;
    handle.driver->invocations << throttled;
    CHECK_FALSE(handle.runtime.invoke("hello"));
    CHECK(handle.calls().size() == 1);
  }
  SUBCASE("a call that may have run is not made again") {
    Error lost = busy();
    lost.may_have_happened = true;
    handle.driver->invocations << lost;
    const auto result = handle.runtime.invoke("hello");
    REQUIRE_FALSE(result);
    CHECK(result.error().may_have_happened);
    CHECK(handle.calls().size() == 1);
  }
  SUBCASE("a function's own failure is a value") {
    answer.error.emplace().type = "ValueError";
    handle.driver->invocations << answer;
    const auto result = handle.runtime.invoke("hello");
    REQUIRE(result);
    CHECK(result->error->type == "ValueError");
  }
}

TEST_CASE("a schedule waits for the identity that calls the function") {
  Handle handle;
  handle.driver->schedules << unknown_identity() << unknown_identity() << Schedule();
  CHECK(handle.runtime.schedule("hello", {.name = "daily", .cron = "0 1 * * *"}));
  CHECK(handle.calls().size() == 3);
  CHECK(handle.time.waits == std::vector<long>{1000, 2000});
}

TEST_CASE("triggers, versions and aliases pass their arguments on") {
  Handle handle;
  CHECK(handle.runtime.expose("hello", {.method = "GET", .path = "/hello", .stage = "dev"}));
  CHECK(handle.runtime.unschedule("hello", "daily"));
  CHECK(handle.runtime.publish("hello").value() == "7");
  CHECK(handle.runtime.set_alias("hello", "live", "7"));
  CHECK(handle.calls() == Calls{"expose hello /hello", "unschedule daily", "publish hello", "set_alias hello live 7"});
  CHECK(handle.runtime.url() == "fake://here");
  CHECK(handle.runtime.capabilities().max_sync_payload == 100);
}
