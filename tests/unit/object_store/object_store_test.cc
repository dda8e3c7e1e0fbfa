#include <cloudkit/driver/object_store.h>
#include <cloudkit/object_store.h>

#include "support/scripted_bucket.h"
#include "support/told_operations.h"

#include <doctest/doctest.h>

#include <deque>

using namespace cloudkit;
using cloudkit::test::ScriptedBucket;

namespace {

// Knows the names "a" … and refuses "Bad"; pages come as the test says.
class ScriptedStore final : public ObjectStoreDriver {
 public:
  std::vector<std::string> calls;
  std::deque<Result<BucketPage>> pages;
  std::vector<std::string> page_tokens;

  std::string url() const override { return "fake://"; }
  Result<std::shared_ptr<BucketDriver>> bucket(std::string_view name) override {
    if (name == "Bad") return Error{ErrorCode::invalid_argument, "no such name can be"};
    return std::shared_ptr<BucketDriver>(std::make_shared<ScriptedBucket>());
  }
  Status create_bucket(std::string_view name, const CreateBucketOptions&) override { return call("create", name); }
  Status delete_bucket(std::string_view name, const BucketOptions&) override { return call("delete", name); }
  Result<bool> bucket_exists(std::string_view name, const BucketOptions&) override {
    if (auto status = call("exists", name); !status) return status.error();
    return true;
  }
  Result<BucketPage> list_buckets_page(std::string_view page_token, const BucketOptions&) override {
    page_tokens.emplace_back(page_token);
    auto page = std::move(pages.front());
    pages.pop_front();
    return page;
  }

 private:
  Status call(const char* what, std::string_view name) {
    calls.push_back(std::string(what) + ' ' + std::string(name));
    if (name == "refused") return Error{ErrorCode::permission_denied, "not yours"};
    return {};
  }
};

BucketPage bucket_page(std::initializer_list<const char*> names, std::string next) {
  BucketPage page;
  for (const char* name : names) page.entries.push_back({.name = name});
  page.next_page_token = std::move(next);
  return page;
}

struct StoreFixture {
  std::shared_ptr<ScriptedStore> driver = std::make_shared<ScriptedStore>();
  ObjectStore store{driver};
};

template <class T>
std::string text_of(const Result<T>& result) {
  return result.has_value() ? "ok" : result.error().to_string();
}

}  // namespace

TEST_CASE_FIXTURE(StoreFixture, "a name that no bucket can have is refused by every call, and named") {
  CHECK(text_of(store.bucket("Bad")) == "bucket Bad: invalid_argument: no such name can be");
  CHECK(text_of(store.create_bucket("Bad")) == "create_bucket Bad: invalid_argument: no such name can be");
  CHECK(text_of(store.delete_bucket("Bad")) == "delete_bucket Bad: invalid_argument: no such name can be");
  CHECK(text_of(store.bucket_exists("Bad")) == "bucket_exists Bad: invalid_argument: no such name can be");
  CHECK(driver->calls.empty());
}

TEST_CASE_FIXTURE(StoreFixture, "a driver's error names the call and the bucket") {
  CHECK(text_of(store.create_bucket("refused")) == "create_bucket fake://bucket: permission_denied: not yours");
  CHECK(text_of(store.delete_bucket("refused")) == "delete_bucket fake://bucket: permission_denied: not yours");
  CHECK(text_of(store.bucket_exists("refused")) == "bucket_exists fake://bucket: permission_denied: not yours");
  driver->pages.push_back(Error{ErrorCode::permission_denied, "not yours"});
  CHECK(text_of(store.list_buckets()) == "list_buckets fake://: permission_denied: not yours");
  CHECK(driver->calls == std::vector<std::string>{"create refused", "delete refused", "exists refused"});
}

TEST_CASE_FIXTURE(StoreFixture,
                  "an observer is told of a refused name by that name, and of a failure by the bucket's URL") {
  const cloudkit::test::WithObserver observed;
  CHECK_FALSE(store.create_bucket("Bad"));
  CHECK_FALSE(store.create_bucket("refused"));
  CHECK(observed.operations->lines() == std::vector<std::string>{"create_bucket Bad invalid_argument",
                                                                 "create_bucket fake://bucket permission_denied"});
}

TEST_CASE_FIXTURE(StoreFixture, "a cancelled context calls no driver") {
  const Context cancelled = Context::cancellable();
  cancelled.cancel();
  CHECK(store.create_bucket("a", {.context = cancelled}).error().code == ErrorCode::cancelled);
  CHECK(store.delete_bucket("a", {.context = cancelled}).error().code == ErrorCode::cancelled);
  CHECK(store.bucket_exists("a", {.context = cancelled}).error().code == ErrorCode::cancelled);
  CHECK(store.list_buckets({.context = cancelled}).error().code == ErrorCode::cancelled);
  CHECK(driver->calls.empty());
  CHECK(driver->page_tokens.empty());
}

TEST_CASE_FIXTURE(StoreFixture, "the pages of a list of buckets become one, sorted by name") {
  driver->pages = {bucket_page({"c", "a"}, "2"), bucket_page({}, "3"), bucket_page({"b"}, "")};
  std::string names;
  for (const BucketEntry& entry : store.list_buckets().value()) names += entry.name;
  CHECK(names == "abc");
  CHECK(driver->page_tokens == std::vector<std::string>{"", "2", "3"});
}

TEST_CASE_FIXTURE(StoreFixture, "a page token that comes again ends in an error, not in a circle") {
  driver->pages = {bucket_page({"a"}, "2"), bucket_page({"b"}, "2")};
  CHECK(text_of(store.list_buckets()) ==
        "list_buckets fake://: unknown: the service answered the same page token twice");
}

TEST_CASE_FIXTURE(StoreFixture, "a bucket that was made can be used at once") {
  const auto bucket = store.create_bucket("a");
  REQUIRE(bucket);
  CHECK(bucket->put("k", "v"));
  CHECK(store.bucket_exists("a").value());
  CHECK(store.delete_bucket("a"));
}
