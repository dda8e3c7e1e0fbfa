#include "support/forwarding_bucket.h"
#include "unit/sync/two_buckets.h"

#include <functional>

using namespace cloudkit;
using ::test::Names;
using ::test::TwoBuckets;

namespace {

// Its second listing, by which extras are found, is another one.
struct Shrinking final : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ListPage> list_page(const ListPageRequest& request) override {
    const bool second = ++listings == 2;
    if (second && at_second) at_second();
    auto page = ForwardingBucket::list_page(request);
    if (second) {
      auto& entries = page.value().entries;
      entries.erase(std::remove_if(entries.begin(), entries.end(), [&](const auto& e) { return e.key == hidden; }),
                    entries.end());
    }
    return page;
  }
  std::string store_id() const override { return "elsewhere"; }
  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override {
    return key == broken ? Result<ObjectInfo>(error) : ForwardingBucket::head(key, options);
  }
  int listings = 0;
  std::string hidden;
  std::string broken;
  Error error{ErrorCode::permission_denied, "no"};
  std::function<void()> at_second;
};

}  // namespace

TEST_CASE_FIXTURE(TwoBuckets, "an object that was removed is told with its size") {
  fill(from, {"a", "b"});
  fill(to, {"x"});
  options.remove_extras = true;
  options.remove_most = true;
  std::uint64_t size = 0;
  options.event = [&](const SyncEvent& event) {
    if (event.action == SyncAction::removed) size = event.size;
  };
  CHECK(run().removed == 1);
  CHECK(size == std::string_view("bytes of x").size());
}

TEST_CASE_FIXTURE(TwoBuckets, "an object that one listing lacks is asked for before its copy is removed") {
  const auto driver = std::make_shared<Shrinking>(::test::memory_driver());
  from = Bucket(driver);
  fill(from, {"a", "b", "c"});
  static_cast<void>(run());
  fill(to, {"x", "z"});
  options.remove_extras = true;
  options.remove_most = true;
  driver->listings = 0;
  driver->hidden = "b";
  CHECK(run().status());
  CHECK(events == Names{"removed x", "removed z"});
  CHECK(to.exists("b").value());

  // It cannot be asked: nothing is known, nothing is removed.
  fill(to, {"x"});
  driver->listings = 0;
  driver->broken = "x";
  const auto unknown = run();
  CHECK(unknown.removed == 0);
  CHECK(unknown.failures[0].error.code == ErrorCode::permission_denied);
  CHECK(to.exists("x").value());
  driver->listings = 0;
  driver->error = Error(ErrorCode::unauthenticated, "who are you");
  CHECK(cloudkit::sync(from, to, options).error().code == ErrorCode::unauthenticated);
}

TEST_CASE_FIXTURE(TwoBuckets, "no more is removed than the first listing showed") {
  const auto driver = std::make_shared<Shrinking>(::test::memory_driver());
  from = Bucket(driver);
  fill(from, {"a", "b", "c"});
  static_cast<void>(run());
  fill(to, {"x"});
  options.remove_extras = true;
  driver->listings = 0;
  // As a disk that is unmounted between the two.
  driver->at_second = [&] {
    for (const char* key : {"a", "b", "c"}) from.remove(key).value();
  };
  const auto report = run();
  CHECK(report.removed == 0);
  CHECK(report.failed == 1);
  CHECK(report.status().error().message == "there are more extra objects now than the 1 of the first listing");
  CHECK(::test::contents(to).size() == 4);
}

TEST_CASE_FIXTURE(TwoBuckets, "objects that stand for the handles' own prefixes keep no sync from removing extras") {
  const Bucket source = from;
  const Bucket target = to;
  fill(source, {"p/", "p/a"});
  fill(target, {"p/", "p/a", "p/x"});
  from = source.below("p").value();
  to = target.below("p").value();
  options.remove_extras = true;
  const auto report = run();
  CHECK(report.status());
  CHECK(report.removed == 1);
  CHECK(target.exists("p/").value());
  CHECK_FALSE(target.exists("p/x").value());
}

TEST_CASE_FIXTURE(TwoBuckets, "a target that refuses to remove ends the sync") {
  struct Refusing final : ForwardingBucket {
    using ForwardingBucket::ForwardingBucket;
    Status remove(std::string_view, const RemoveOptions&) override {
      return Error(ErrorCode::unauthenticated, "who are you");
    }
  };
  to = Bucket(std::make_shared<Refusing>(::test::memory_driver()));
  fill(from, {"a", "b"});
  fill(to, {"a", "b", "x"});
  options.remove_extras = true;
  const auto report = cloudkit::sync(from, to, options);
  REQUIRE(!report);
  CHECK(report.error().code == ErrorCode::unauthenticated);
}
