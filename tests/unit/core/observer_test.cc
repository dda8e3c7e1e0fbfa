#include "core/perform.h"
#include "support/told_operations.h"

#include <cloudkit/memory.h>
#include <cloudkit/observer.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace cloudkit;
using cloudkit::test::Operations;
using cloudkit::test::WithObserver;

namespace {

struct Report {
  Status status() const { return failures == 0 ? Status() : Status(Error(ErrorCode::io, "one of them failed")); }
  int failures = 0;
};

Bucket bucket() { return memory::make_memory_store().create_bucket("b").value(); }

}  // namespace

TEST_CASE_FIXTURE(WithObserver, "an observer hears how each call ended, under the name that errors give it") {
  auto objects = bucket();
  CHECK(objects.put("a", "1"));
  CHECK_FALSE(objects.get("missing"));
  CHECK_FALSE(objects.put("", "refused before anything was done"));
  const auto lines = operations->lines();
  REQUIRE(lines.size() >= 3);
  CHECK(std::vector<std::string>(lines.end() - 3, lines.end()) ==
        std::vector<std::string>{"put mem://b/a ok", "get mem://b/missing not_found", "put mem://b/ invalid_argument"});
  CHECK(operations->all_took_time());
}

TEST_CASE_FIXTURE(WithObserver, "a call whose report holds failures is told as failed, by the first of them") {
  const auto resource = [] { return std::string("files"); };
  for (const int failures : {0, 2}) {
    CHECK(core::perform("verify", resource, {}, [&]() -> Result<Report> { return Report{failures}; }));
  }
  CHECK(operations->lines() == std::vector<std::string>{"verify files ok", "verify files io"});
}

TEST_CASE_FIXTURE(WithObserver, "without an observer nobody hears anything") {
  auto objects = bucket();
  set_observer(nullptr);
  const auto before = operations->lines().size();
  CHECK(objects.put("a", "1"));
  CHECK(operations->lines().size() == before);
}

TEST_CASE_FIXTURE(WithObserver, "an observer may be changed while calls are under way") {
  auto objects = bucket();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&objects, i] {
      for (int round = 0; round < 200; ++round) (void)objects.put(fmt::format("{}", i), "x");
    });
  }
  for (int round = 0; round < 100; ++round) set_observer(round % 2 == 0 ? std::make_shared<Operations>() : operations);
  for (auto& thread : threads) thread.join();
  set_observer(operations);
  CHECK(objects.head("0"));
  CHECK(operations->lines().back() == "head mem://b/0 ok");
}
