#include "runtime.h"

#include "support/soon.h"

#include <atomic>

using namespace cloudkit;
using namespace cloudkit::test;
using namespace std::chrono_literals;

namespace {

memory::MemoryFunctionsOptions at_new_year() {
  memory::MemoryFunctionsOptions options;
  options.start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
  return options;
}

}  // namespace

TEST_CASE("the clock stands still until it is moved, or goes with the system's") {
  const MemoryRuntime still(at_new_year());
  CHECK(still.functions.now() == *at_new_year().start);
  still.functions.advance(90s);
  CHECK(still.functions.now() == *at_new_year().start + 90s);

  const MemoryRuntime moving;
  const auto before = std::chrono::system_clock::now();
  CHECK(moving.functions.now() >= before);
  moving.functions.advance(1h);
  CHECK(moving.functions.now() >= before + 1h);
  CHECK(moving.functions.now() < before + 2h);
}

TEST_CASE("schedules fire when the clock is moved past them, each at its own time") {
  MemoryRuntime memory(at_new_year());
  std::vector<std::string> fired;
  memory.deploy([&](const Invocation& in) -> Result<std::string> {
    const auto since = memory.functions.now() - *at_new_year().start;
    fired.push_back(std::string(in.payload) + " after " +
                    std::to_string(std::chrono::duration_cast<std::chrono::minutes>(since).count()));
    return std::string("null");
  });
  memory.runtime.schedule("hello", {.name = "nightly", .cron = "0 1 * * *", .input = "1"}).value();
  memory.runtime.schedule("hello", {.name = "berlin", .cron = "0 1 * * *", .time_zone = "Europe/Berlin", .input = "2"})
      .value();
  memory.runtime.schedule("hello", {.name = "off", .cron = "* * * * *", .input = "3", .enabled = false}).value();
  memory.functions.advance(0s);
  CHECK(fired.empty());  // Berlin's one o'clock is now, which is not later.
  memory.functions.advance(59min);
  CHECK(fired.empty());
  memory.functions.advance(1min);
  CHECK(fired == std::vector<std::string>{"1 after 60"});
  memory.functions.advance(24h);
  CHECK(fired == std::vector<std::string>{"1 after 60", "2 after 1440", "1 after 1500"});

  SUBCASE("the same name again changes it") {
    memory.runtime.schedule("hello", {.name = "nightly", .cron = "30 * * * *", .input = "4"}).value();
    REQUIRE(memory.runtime.unschedule("hello", "berlin"));
    fired.clear();
    memory.functions.advance(1h);
    CHECK(fired == std::vector<std::string>{"4 after 1530"});
    CHECK(memory.runtime.schedules("hello").value().size() == 2);
  }
  SUBCASE("a function that is gone is not called") {
    fired.clear();
    REQUIRE(memory.runtime.remove("hello"));
    memory.functions.advance(48h);
    CHECK(fired.empty());
  }
}

TEST_CASE("an asynchronous call returns before it runs") {
  MemoryRuntime memory;
  std::atomic<bool> leave = false;
  std::atomic<int> runs = 0;
  memory.deploy([&](const Invocation& in) -> Result<std::string> {
    while (!leave) (void)Context().wait_for(1ms);
    CHECK(in.payload == "5");
    ++runs;
    return std::string("null");
  });
  memory.spec.timeout = 900s;
  memory.deploy();
  const InvokeResult accepted = memory.call("5", {.mode = InvokeMode::async});
  CHECK(accepted.payload.empty());
  CHECK_FALSE(accepted.request_id.empty());
  CHECK(runs == 0);
  leave = true;
  CHECK(::test::soon([&] { return runs == 1; }));
  CHECK(::test::soon([&] { return !memory.log().empty(); }));
  CHECK(memory.log()[0] == "START RequestId: " + accepted.request_id + " Version: $LATEST");
}

TEST_CASE("one that fails runs twice again, a minute and two minutes later") {
  MemoryRuntime memory(at_new_year());
  std::atomic<int> runs = 0;
  memory.deploy([&](const Invocation&) -> Result<std::string> {
    ++runs;
    throw std::runtime_error("not now");
  });
  (void)memory.call("{}", {.mode = InvokeMode::async});
  // Three lines and an error's: then its next run is in the queue, or about to be.
  REQUIRE(::test::soon([&] { return memory.log().size() == 4; }));
  CHECK(::test::soon([&] {
    memory.functions.advance(1min);
    return runs >= 2;
  }));
  memory.functions.advance(10min);
  CHECK(runs == 3);
  memory.functions.advance(24h);
  CHECK(runs == 3);
}

TEST_CASE("a runtime that ends leaves no call behind") {
  std::atomic<int> begun = 0;
  std::atomic<int> inside = 0;
  std::atomic<bool> leave = false;
  {
    MemoryRuntime memory;
    memory.deploy([&](const Invocation&) -> Result<std::string> {
      ++inside;
      ++begun;
      while (!leave) (void)Context().wait_for(1ms);
      (void)Context().wait_for(20ms);
      --inside;
      return std::string("null");
    });
    for (int i = 0; i < 5; ++i) (void)memory.call("{}", {.mode = InvokeMode::async});
    REQUIRE(::test::soon([&] { return begun > 0; }));
    leave = true;
  }
  CHECK(inside == 0);
}
