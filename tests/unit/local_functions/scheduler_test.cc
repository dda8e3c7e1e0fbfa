#include "local/functions/scheduler.h"

#include "fixture.h"

using namespace cloudkit;
using local::functions::Scheduler;
using ::test::LocalRuntime;
using ::test::program;
using ::test::spec_of;

namespace {

core::TimePoint time_at(const char* time) { return core::parse_rfc3339(time).value(); }

ScheduleSpec daily(const std::string& name, const std::string& cron) {
  ScheduleSpec spec;
  spec.name = name;
  spec.cron = cron;
  spec.input = R"({"from":"schedule"})";
  return spec;
}

}  // namespace

TEST_CASE("schedules are kept, changed and removed, and outlive the program") {
  LocalRuntime runtime;
  runtime.deploy(spec_of("f"), program(::test::kEcho));
  CHECK(runtime->schedule("none", daily("a", "* * * * *")).error().code == ErrorCode::not_found);
  CHECK(runtime->schedule("f", daily("a", "61 * * * *")).error().code == ErrorCode::invalid_argument);
  REQUIRE(runtime->schedule("f", daily("a", "0 1 * * *")));
  ScheduleSpec changed = daily("a", "0 2 * * *");
  changed.time_zone = "Europe/Berlin";
  changed.enabled = false;
  REQUIRE(runtime->schedule("f", changed));
  REQUIRE(runtime->schedule("f", daily("b", "0 3 * * *")));
  changed.time_zone = "Europe/Nowhere";
  CHECK(runtime->schedule("f", changed).error().code == ErrorCode::invalid_argument);
  runtime.close();
  runtime.open();
  const auto schedules = runtime->list_schedules("f", {}).value();
  REQUIRE(schedules.size() == 2);
  CHECK(schedules[0].name == "a");
  CHECK(schedules[0].cron == "0 2 * * *");
  CHECK(schedules[0].time_zone == "Europe/Berlin");
  CHECK_FALSE(schedules[0].enabled);
  CHECK(schedules[1].input == R"({"from":"schedule"})");
  REQUIRE(runtime->unschedule("f", "a", {}));
  REQUIRE(runtime->unschedule("f", "a", {}));
  CHECK(runtime->list_schedules("f", {}).value().size() == 1);
}

TEST_CASE("a schedule fires once when its time comes, for one of the programs that share a directory") {
  local::functions::DirectoryStore* store = nullptr;
  const ::test::TemporaryDirectory directory;
  local::functions::DirectoryStore made(directory.file("runtime"), false);
  store = &made;
  REQUIRE(store->prepare());
  local::functions::Invoker invoker(*store, {});
  local::functions::AsyncQueue queue(*store, invoker, std::chrono::milliseconds(1));
  queue.stop();  // So that what was fired stays to be counted.
  const auto fired = [&] { return store->stored("queue").value().size(); };
  REQUIRE(store->write_schedules("f", {{"a", "f", "0 1 * * *", "UTC", "1", true},
                                       {"b", "f", "*/5 * * * *", "UTC", "2", true},
                                       {"c", "f", "* * * * *", "UTC", "3", false},
                                       {"d", "f", "rubbish", "UTC", "4", true}}));
  Scheduler first(*store, queue);
  Scheduler second(*store, queue);
  first.tick(time_at("2026-11-26T00:58:59Z"));
  second.tick(time_at("2026-11-26T00:58:59Z"));
  first.tick(time_at("2026-11-26T00:59:30Z"));
  CHECK(fired() == 0);
  for (Scheduler* each : {&first, &second}) each->tick(time_at("2026-11-26T01:00:00.2Z"));
  CHECK(fired() == 2);
  for (Scheduler* each : {&first, &second}) each->tick(time_at("2026-11-26T01:00:59Z"));
  CHECK(fired() == 2);
  // A machine that slept fires what it missed once.
  first.tick(time_at("2026-11-26T05:01:00Z"));
  CHECK(fired() == 3);
  // A clock that is set back goes on from there.
  first.tick(time_at("2026-11-26T04:59:00Z"));
  CHECK(fired() == 3);
  first.tick(time_at("2026-11-26T05:00:00Z"));
  CHECK(fired() == 4);
}

TEST_CASE("a change of the program that fires schedules loses no firing, and fires none twice") {
  const ::test::TemporaryDirectory directory;
  const local::functions::DirectoryStore store(directory.file("runtime"), false);
  REQUIRE(store.prepare());
  local::functions::Invoker invoker(store, {});
  local::functions::AsyncQueue queue(store, invoker, std::chrono::milliseconds(1));
  queue.stop();  // So that what was fired stays to be counted.
  const auto fired = [&] { return store.stored("queue").value().size(); };
  REQUIRE(store.write_schedules("f", {{"a", "f", "* * * * *", "UTC", "1", true}}));
  std::optional<Scheduler> owner(std::in_place, store, queue);
  const auto another = [&] { owner.emplace(store, queue); };
  owner->tick(time_at("2026-11-26T00:59:59Z"));
  another();
  owner->tick(time_at("2026-11-26T01:00:00.5Z"));
  owner->tick(time_at("2026-11-26T01:00:01Z"));
  CHECK(fired() == 1);
  another();
  owner->tick(time_at("2026-11-26T01:00:02Z"));
  CHECK(fired() == 1);
  // The first look of a minute is the last that is kept, however long the owner goes on.
  owner->tick(time_at("2026-11-26T01:00:59.9Z"));
  another();
  owner->tick(time_at("2026-11-26T01:01:00.4Z"));
  CHECK(fired() == 2);
  // While nobody was there, nothing is made up for; nor after the clock was set back.
  another();
  owner->tick(time_at("2026-11-26T01:03:00Z"));
  another();
  owner->tick(time_at("2026-11-26T01:02:00Z"));
  CHECK(fired() == 2);
  // Who lets go is followed at once.
  Scheduler next(store, queue);
  next.tick(time_at("2026-11-26T01:02:30Z"));
  owner->release();
  next.tick(time_at("2026-11-26T01:03:00Z"));
  CHECK(fired() == 3);
}
