#include "support/no_threads.h"
#include "fixture.h"
#include "local/functions/async_queue.h"

#include <string>

using namespace cloudkit;
using namespace local::functions;

TEST_CASE("where no thread is to be had, calls fail with that") {
  quiet_log();
  const ::test::TemporaryDirectory directory;
  const cloudkit::test::NoThreads none;
  LocalFunctionDriver driver(directory.file("runtime"), {});
  CHECK(driver.list_page("", {}).error().to_string().starts_with("unavailable: cannot start a thread: "));
  Spawner spawner;
  const auto started = spawner.start({{"/bin/true"}, {}, "/"});
  CHECK(started.error().to_string().starts_with("unavailable: cannot start a thread: "));
}

TEST_CASE("an asynchronous invocation that was accepted without a thread runs once there is one") {
  quiet_log();
  const ::test::TemporaryDirectory directory;
  const DirectoryStore store(directory.file("runtime"), false);
  REQUIRE(store.prepare());
  Invoker invoker(store, {});
  AsyncQueue queue(store, invoker, std::chrono::milliseconds(10));
  {
    const cloudkit::test::NoThreads none;
    const auto now = std::chrono::system_clock::now();
    // It is done with at once, since there is no such function.
    REQUIRE(queue.push({"none", "", "{}", "", "1234", 0, now, now}));
    queue.adopt();
    CHECK(store.stored("queue").value().size() == 1);
  }
  queue.adopt();
  CHECK(::test::soon([&] { return store.stored("queue").value().empty(); }));
}
