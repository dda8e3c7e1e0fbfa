#include "support/scripted_bucket.h"

#include <cloudkit/object_store.h>

#include <doctest/doctest.h>

using namespace cloudkit;

namespace {

using Failures = std::vector<RemoveFailure>;
using Keys = std::vector<std::string>;

Error error_of(ErrorCode code, bool retryable = false, int attempts = 1) {
  Error error(code, "scripted");
  error.retryable = retryable;
  error.attempts = attempts;
  return error;
}

// Removes many at once, as the script says.
struct BulkBucket final : cloudkit::test::ScriptedBucket {
  std::deque<std::function<Result<Failures>(const Keys&)>> script;
  std::vector<Keys> asked;
  std::vector<std::string> singles;
  std::function<Status(const std::string&)> single = [](const std::string&) { return Status(); };

  BulkBucket() { able.max_remove_many = 3; }
  Result<Failures> remove_many(std::span<const std::string> keys, const RemoveManyOptions&) override {
    asked.emplace_back(keys.begin(), keys.end());
    if (script.empty()) return Failures();
    auto step = std::move(script.front());
    script.pop_front();
    return step(asked.back());
  }
  Status remove(std::string_view key, const RemoveOptions&) override {
    singles.emplace_back(key);
    return single(singles.back());
  }
};

struct BulkFixture {
  std::shared_ptr<BulkBucket> driver = std::make_shared<BulkBucket>();
  Bucket bucket{driver, "p"};

  void answer(Result<Failures> result) {
    driver->script.emplace_back([result](const Keys&) { return result; });
  }
};

}  // namespace

TEST_CASE_FIXTURE(BulkFixture,
                  "keys go out in requests of as many as the driver takes, the last alone by a plain removal") {
  const auto report = bucket.remove_many(Keys{"1", "2", "3", "4", "5", "6", "7"});
  CHECK(report.status());
  CHECK(report.removed == 7);
  CHECK(driver->asked == std::vector<Keys>{{"p/1", "p/2", "p/3"}, {"p/4", "p/5", "p/6"}});
  CHECK(driver->singles == Keys{"p/7"});
}

TEST_CASE_FIXTURE(BulkFixture, "a key that fails is reported by its own name, and the others are removed") {
  answer(Failures{{"p/2", error_of(ErrorCode::permission_denied)}});
  const auto report = bucket.remove_many(Keys{"1", "2", "3", "4"});
  CHECK(report.removed == 3);
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].key == "2");
  CHECK(report.failures[0].error.operation == "remove_many");
  CHECK(report.failures[0].error.resource == "fake://bucket/p/2");
  CHECK(report.status().error().code == ErrorCode::permission_denied);
  CHECK_FALSE(report.stopped);
}

TEST_CASE_FIXTURE(BulkFixture, "a key that may succeed later is asked for again, four times in all") {
  answer(Failures{{"p/1", error_of(ErrorCode::unavailable, true)}, {"p/3", error_of(ErrorCode::unavailable, true)}});
  answer(Failures{{"p/3", error_of(ErrorCode::unavailable, true)}});
  auto report = bucket.remove_many(Keys{"1", "2", "3"});
  CHECK(report.status());
  CHECK(report.removed == 3);
  CHECK(driver->asked == std::vector<Keys>{{"p/1", "p/2", "p/3"}, {"p/1", "p/3"}, {"p/3"}});

  driver->asked.clear();
  for (int i = 0; i < 4; ++i) answer(Failures{{"p/1", error_of(ErrorCode::unavailable, true)}});
  report = bucket.remove_many(Keys{"1", "2"});
  CHECK(report.removed == 1);
  CHECK(report.failures.size() == 1);
  CHECK(driver->asked.size() == 4);
}

TEST_CASE_FIXTURE(BulkFixture, "a driver that cannot, or not this key, is asked for single ones") {
  SUBCASE("this key") {
    answer(Failures{{"p/2", error_of(ErrorCode::unsupported, false, 0)}});
    CHECK(bucket.remove_many(Keys{"1", "2", "3", "4", "5"}).removed == 5);
    CHECK(driver->singles == Keys{"p/2"});
    CHECK(driver->asked.size() == 2);
  }
  SUBCASE("at all: it is asked once") {
    answer(error_of(ErrorCode::unsupported));
    CHECK(bucket.remove_many(Keys{"1", "2", "3", "4", "5"}).removed == 5);
    CHECK(driver->singles.size() == 5);
    CHECK(driver->asked.size() == 1);
  }
}

TEST_CASE_FIXTURE(BulkFixture, "a request that fails whole ends it: what was sent has failed, the rest was not tried") {
  Error lost = error_of(ErrorCode::unavailable, true, 4);
  lost.may_have_happened = true;
  answer(Failures());
  answer(lost);
  const auto report = bucket.remove_many(Keys{"1", "2", "3", "4", "5", "6", "7", "8"});
  CHECK(report.removed == 3);
  REQUIRE(report.failures.size() == 3);
  CHECK(report.failures[0].key == "4");
  CHECK(report.failures[0].error.may_have_happened);
  CHECK(report.not_tried == Keys{"7", "8"});
  REQUIRE(report.stopped);
  CHECK(report.stopped->resource == "fake://bucket/p");
  CHECK(report.status().error().code == ErrorCode::unavailable);
}

TEST_CASE_FIXTURE(BulkFixture, "cancelled midway, the report says what was not tried") {
  const Context context = Context::cancellable();
  SUBCASE("between requests") {
    driver->script.emplace_back([&](const Keys&) {
      context.cancel();
      return Result<Failures>(Failures());
    });
    const auto report = bucket.remove_many(Keys{"1", "2", "3", "4", "5"}, {.context = context});
    CHECK(report.removed == 3);
    CHECK(report.failures.empty());
    CHECK(report.not_tried == Keys{"4", "5"});
    CHECK(report.stopped->code == ErrorCode::cancelled);
  }
  SUBCASE("before it was sent") {
    answer(error_of(ErrorCode::cancelled, false, 0));
    CHECK(bucket.remove_many(Keys{"1", "2", "3", "4"}, {.context = context}).not_tried == Keys{"1", "2", "3", "4"});
  }
  SUBCASE("before it was asked for again: it was tried") {
    driver->script.emplace_back([&](const Keys&) {
      context.cancel();
      return Result<Failures>(Failures{{"p/2", error_of(ErrorCode::unavailable, true)}});
    });
    const auto report = bucket.remove_many(Keys{"1", "2", "3", "4"}, {.context = context});
    CHECK(report.removed == 2);
    REQUIRE(report.failures.size() == 1);
    CHECK(report.failures[0].key == "2");
    CHECK(report.failures[0].error.code == ErrorCode::unavailable);
    CHECK(report.not_tried == Keys{"4"});
    CHECK(report.stopped->code == ErrorCode::cancelled);
  }
  SUBCASE("between single ones") {
    driver->able.max_remove_many = 1;
    driver->single = [&](const std::string& key) {
      if (key == "p/2") context.cancel();
      return Status();
    };
    const auto report = bucket.remove_many(Keys{"1", "2", "3", "4"}, {.context = context});
    CHECK(report.removed == 2);
    CHECK(report.not_tried == Keys{"3", "4"});
  }
}

TEST_CASE_FIXTURE(BulkFixture, "of single removals, one that all would meet ends it; one that is its own does not") {
  driver->able.max_remove_many = 1;
  driver->single = [](const std::string& key) -> Status {
    if (key == "p/1") return error_of(ErrorCode::permission_denied);
    if (key == "p/3") return error_of(ErrorCode::not_found);
    return {};
  };
  const auto report = bucket.remove_many(Keys{"1", "2", "3", "4"});
  CHECK(report.removed == 1);
  CHECK(report.failures.size() == 2);
  CHECK(report.not_tried == Keys{"4"});
}

TEST_CASE_FIXTURE(BulkFixture, "what cannot be a key is an error of its own, and is never the prefix itself") {
  const auto report = bucket.remove_many(Keys{"", "a", std::string(1, '\0'), std::string(2000, 'k')});
  CHECK(report.removed == 1);
  REQUIRE(report.failures.size() == 3);
  CHECK(report.failures[0].key.empty());
  CHECK(report.failures[0].error.message == "the key is empty");
  CHECK(driver->singles == Keys{"p/a"});
}

TEST_CASE_FIXTURE(BulkFixture, "a key named twice is counted twice") {
  answer(Failures{{"p/1", error_of(ErrorCode::permission_denied)}});
  const auto report = bucket.remove_many(Keys{"1", "1", "2"});
  CHECK(report.removed == 1);
  CHECK(report.failures.size() == 2);
}

TEST_CASE_FIXTURE(BulkFixture, "of a prefix, what was listed is removed, also when the list then fails") {
  ListPage page;
  for (const char* key : {"p/a1", "p/a2"}) {
    ListEntry entry;
    entry.key = key;
    page.entries.push_back(entry);
  }
  SUBCASE("whole") {
    driver->pages = {page};
    const auto report = bucket.remove_all("a");
    CHECK(report.removed == 2);
    CHECK(driver->list_requests[0].prefix == "p/a");
  }
  SUBCASE("in part") {
    page.next_page_token = "more";
    driver->pages = {page, error_of(ErrorCode::permission_denied)};
    const auto report = bucket.remove_all("a");
    CHECK(report.removed == 2);
    CHECK(report.stopped->operation == "list");
    CHECK(report.failures.empty());
    CHECK(report.status().error().code == ErrorCode::permission_denied);
  }
}
