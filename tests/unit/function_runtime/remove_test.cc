#include "deploying.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace cloudkit;
using namespace cloudkit::test;

namespace {

struct Removing {
  std::shared_ptr<ScriptedRuntime> driver = std::make_shared<ScriptedRuntime>();
  FakeTime time;
  FunctionRuntime runtime{driver, time.hooks()};

  Removing() {
    Endpoint endpoint;
    endpoint.id = "e1";
    Schedule daily, hourly;
    daily.name = "daily";
    hourly.name = "hourly";
    driver->endpoint_lists << std::vector{endpoint};
    driver->schedule_lists << std::vector{daily, hourly};
  }
  Status cascade() { return runtime.remove("hello", {.cascade = true}); }
};

const Calls kAll = {"list_schedules hello", "unschedule daily", "unschedule hourly", "list_endpoints hello",
                    "unexpose e1",          "remove hello",     "remove_logs hello", "remove_identity hello"};

}  // namespace

TEST_CASE("remove takes the function alone") {
  Removing removing;
  CHECK(removing.runtime.remove("hello"));
  CHECK(removing.driver->calls == Calls{"remove hello"});
}

TEST_CASE("a cascade goes from the outside in") {
  Removing removing;
  CHECK(removing.cascade());
  CHECK(removing.driver->calls == kAll);
}

TEST_CASE("a cascade that keeps the logs takes all else") {
  Removing removing;
  CHECK(removing.runtime.remove("hello", {.cascade = true, .context = {}, .keep_logs = true}));
  Calls all_else = kAll;
  std::erase(all_else, "remove_logs hello");
  CHECK(removing.driver->calls == all_else);
}

TEST_CASE("and asks for nothing that the runtime has not") {
  Removing removing;
  removing.driver->able = {};
  CHECK(removing.cascade());
  CHECK(removing.driver->calls == Calls{"remove hello"});
}

TEST_CASE("what is missing is done") {
  Removing removing;
  removing.driver->endpoint_lists = {};
  removing.driver->endpoint_lists << no_function();
  removing.driver->schedule_lists = {};
  removing.driver->schedule_lists << no_function();
  removing.driver->on_call = [](const std::string&) { return no_function(); };
  CHECK(removing.cascade());
  CHECK(removing.driver->calls.size() == 5);
}

TEST_CASE("every step is tried, and the first error told") {
  Removing removing;
  removing.driver->on_call = [](const std::string& call) -> Status {
    if (call == "unschedule daily") return Error(ErrorCode::permission_denied, "not allowed to delete schedules");
    if (call == "remove_logs hello") return Error(ErrorCode::unavailable, "no route");
    return {};
  };
  const Status removed = removing.cascade();
  REQUIRE_FALSE(removed);
  CHECK(removed.error().to_string() ==
        "remove fake://here function hello: permission_denied: its schedule daily: not allowed to delete schedules");
  CHECK(removed.error().code == ErrorCode::permission_denied);
  CHECK(removing.driver->calls == kAll);
}

TEST_CASE("a list that fails hides nothing else") {
  Removing removing;
  removing.driver->endpoint_lists = {};
  removing.driver->endpoint_lists << Error(ErrorCode::unavailable, "no route");
  const Status removed = removing.cascade();
  REQUIRE_FALSE(removed);
  CHECK(removed.error().message == "its endpoints: no route");
  CHECK(removing.driver->calls.back() == "remove_identity hello");
}

TEST_CASE("a function that is being updated is removed after that") {
  Removing removing;
  int answers = 0;
  removing.driver->on_call = [&](const std::string& call) -> Status {
    if (call == "remove hello" && ++answers < 3) return busy();
    return {};
  };
  CHECK(removing.cascade());
  CHECK(std::count(removing.driver->calls.begin(), removing.driver->calls.end(), "remove hello") == 3);
}

TEST_CASE("a cancelled cascade stops, and says where") {
  Removing removing;
  RemoveFunctionOptions options;
  options.cascade = true;
  options.context = Context::cancellable();
  removing.driver->on_call = [&](const std::string& call) -> Status {
    if (call == "unexpose e1") options.context.cancel();
    return {};
  };
  const Status removed = removing.runtime.remove("hello", options);
  REQUIRE_FALSE(removed);
  CHECK(removed.error().code == ErrorCode::cancelled);
  CHECK(removed.error().message.starts_with("the function: "));
  CHECK(removing.driver->calls.back() == "unexpose e1");
}
