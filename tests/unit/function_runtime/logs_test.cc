#include "support/more_time.h"
#include "support/scripted_runtime.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::test;
using Lines = std::vector<std::string>;

namespace {

LogPage page(const Lines& lines, std::string next, bool at_end) {
  LogPage page;
  for (const std::string& line : lines) page.events.emplace_back().text = line;
  page.next_page_token = std::move(next);
  page.at_end = at_end;
  return page;
}

struct Reading {
  std::shared_ptr<ScriptedRuntime> driver = std::make_shared<ScriptedRuntime>();
  FakeTime time;
  FunctionRuntime runtime{driver, time.hooks()};
  Lines lines;
  LogsOptions options;

  Status run() {
    return runtime.logs(
        "hello",
        [this](const LogEvent& event) -> Status {
          lines.push_back(event.text);
          return {};
        },
        options);
  }
};

}  // namespace

TEST_CASE("logs come page by page until the end") {
  Reading reading;
  reading.driver->log_pages << page({"a", "b"}, "t1", false) << page({}, "t2", false) << page({"c"}, "t3", true);
  CHECK(reading.run());
  CHECK(reading.lines == Lines{"a", "b", "c"});
  CHECK(reading.driver->calls == Lines{"logs_page ", "logs_page t1", "logs_page t2"});
  CHECK(reading.time.waits.empty());
}

TEST_CASE("the sink ends them by an error, which is told") {
  Reading reading;
  reading.driver->log_pages << page({"a", "b"}, "t1", true);
  int calls = 0;
  const Status read = reading.runtime.logs("hello", [&](const LogEvent&) -> Status {
    ++calls;
    return Error(ErrorCode::io, "the disk is full");
  });
  REQUIRE_FALSE(read);
  CHECK(read.error().to_string() == "logs fake://here function hello: io: the disk is full");
  CHECK(calls == 1);
}

TEST_CASE("whoever follows gets what comes later, until the context ends") {
  Reading reading;
  reading.options.follow = true;
  reading.options.context = Context::cancellable();
  reading.driver->log_pages << page({"a"}, "t1", true) << page({}, "t1", true) << page({}, "t1", true)
                            << page({"b"}, "t2", true) << page({}, "t2", true);
  int waits = 0;
  reading.time.on_wait = [&] {
    if (++waits == 7) reading.options.context.cancel();
  };
  CHECK(reading.run());
  CHECK(reading.lines == Lines{"a", "b"});
  CHECK(reading.driver->calls == Lines{"logs_page ", "logs_page t1", "logs_page t1", "logs_page t1", "logs_page t2",
                                       "logs_page t2", "logs_page t2"});
  // Often while there is something to see.
  CHECK(reading.time.waits == std::vector<long>{200, 400, 800, 200, 400, 800});
}

TEST_CASE("a deadline, too, ends who follows in peace, and nobody else") {
  Reading reading;
  reading.options.follow = true;
  reading.driver->log_pages << page({"a"}, "t1", true);
  reading.time.on_wait = [&] { (void)reading.options.context.wait_for(std::chrono::minutes(1)); };
  SUBCASE("while it waits") {
    CHECK(::test::with_more_time(std::chrono::milliseconds(500), [&](std::chrono::milliseconds limit) {
      reading.options.context = Context::with_timeout(limit);
      return reading.run().has_value();
    }));
  }
  SUBCASE("begun after its end") {
    reading.options.context = Context::with_timeout(std::chrono::milliseconds(1));
    reading.time.on_wait();
    CHECK_FALSE(reading.run());
  }
  SUBCASE("another timeout is an error") {
    reading.options.context = {};
    reading.driver->log_pages = {};
    reading.driver->log_pages << Error(ErrorCode::timeout, "no reply in time");
    CHECK_FALSE(reading.run());
  }
}

TEST_CASE("an error while following is told") {
  Reading reading;
  reading.options.follow = true;
  reading.driver->log_pages << page({"a"}, "t1", true) << Error(ErrorCode::permission_denied, "no longer allowed");
  const Status read = reading.run();
  REQUIRE_FALSE(read);
  CHECK(read.error().code == ErrorCode::permission_denied);
}

TEST_CASE("pages that go in a circle end") {
  Reading reading;
  reading.driver->log_pages << page({"a"}, "t1", false);
  const Status read = reading.run();
  REQUIRE_FALSE(read);
  CHECK(read.error().message == "the service answered the same page token twice");
}

TEST_CASE("there must be a sink") {
  Reading reading;
  const Status read = reading.runtime.logs("hello", {});
  REQUIRE_FALSE(read);
  CHECK(read.error().message == "there is no sink");
}
