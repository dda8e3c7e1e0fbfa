#include "support/scripted_bucket.h"

#include <cloudkit/memory.h>
#include <cloudkit/object_store.h>

#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <stdexcept>

using namespace cloudkit;
using cloudkit::test::ScriptedBucket;

namespace {

ListPage page(std::vector<std::string> keys, std::string next) {
  ListPage page;
  for (auto& key : keys) {
    ListEntry entry;
    entry.key = std::move(key);
    page.entries.push_back(std::move(entry));
  }
  page.next_page_token = std::move(next);
  return page;
}

struct ListingFixture {
  std::shared_ptr<ScriptedBucket> driver = std::make_shared<ScriptedBucket>();
  Bucket bucket{driver};

  std::vector<std::string> keys() {
    std::vector<std::string> keys;
    for (const auto& entry : bucket.list()) keys.push_back(entry ? entry->key : "error: " + entry.error().message);
    return keys;
  }
};

}  // namespace

TEST_CASE_FIXTURE(ListingFixture, "pages are fetched one at a time, when they are needed") {
  driver->pages = {page({"a", "b"}, "1"), page({"c"}, "")};
  Listing listing = bucket.list();
  CHECK(driver->calls.empty());
  auto it = listing.begin();
  CHECK(driver->calls.size() == 1);
  CHECK((*it)->key == "a");
  ++it;
  CHECK(driver->calls.size() == 1);
  ++it;
  CHECK((*it)->key == "c");
  CHECK(driver->list_requests[1].page_token == "1");
  ++it;
  CHECK(it == listing.end());
}

TEST_CASE_FIXTURE(ListingFixture, "with prefetch the next page is under way while this one is read") {
  struct Pages final : ScriptedBucket {
    Result<ListPage> list_page(const ListPageRequest& request) override {
      if (request.page_token == "1") second_asked_for.set_value();
      auto page = ScriptedBucket::list_page(request);
      if (request.page_token == "1" && waits) waited = request.context.wait_for(std::chrono::seconds(60));
      return page;
    }
    std::promise<void> second_asked_for;
    bool waits = false;
    Status waited;
  };
  const auto pages = std::make_shared<Pages>();
  pages->pages = {page({"a", "b"}, "1"), page({"c"}, "")};
  ListOptions options;
  options.prefetch = true;
  SUBCASE("in order") {
    Listing listing = Bucket(pages).list(options);
    auto it = listing.begin();
    CHECK((*it)->key == "a");
    REQUIRE(pages->second_asked_for.get_future().wait_for(std::chrono::seconds(30)) == std::future_status::ready);
    ++it;
    CHECK((*it)->key == "b");
    ++it;
    CHECK((*it)->key == "c");
    ++it;
    CHECK(it == listing.end());
    CHECK(pages->calls.size() == 2);
  }
  SUBCASE("its error comes after what was listed before") {
    pages->pages[1] = Error(ErrorCode::unavailable, "down");
    std::vector<std::string> seen;
    for (const auto& entry : Bucket(pages).list(options)) seen.push_back(entry ? entry->key : entry.error().message);
    CHECK(seen == std::vector<std::string>{"a", "b", "down"});
  }
  SUBCASE("what a driver throws comes out where its page would") {
    struct Throwing final : ScriptedBucket {
      Result<ListPage> list_page(const ListPageRequest& request) override {
        if (request.page_token == "1") throw std::runtime_error("broken");
        return ScriptedBucket::list_page(request);
      }
    };
    const auto throwing = std::make_shared<Throwing>();
    throwing->pages = {page({"a"}, "1")};
    Listing listing = Bucket(throwing).list(options);
    auto it = listing.begin();
    CHECK((*it)->key == "a");
    CHECK_THROWS_AS(++it, std::runtime_error);
  }
  SUBCASE("who stops early does not wait for it") {
    pages->waits = true;
    {
      Listing listing = Bucket(pages).list(options);
      CHECK((*listing.begin())->key == "a");
      REQUIRE(pages->second_asked_for.get_future().wait_for(std::chrono::seconds(30)) == std::future_status::ready);
    }
    REQUIRE_FALSE(pages->waited);
    CHECK(pages->waited.error().code == ErrorCode::cancelled);
  }
}

TEST_CASE("versions are prefetched as objects are") {
  struct Versions final : ScriptedBucket {
    Result<VersionPage> list_versions_page(const ListVersionsRequest& request) override {
      const bool first = request.page_token.empty();
      if (!first) second_asked_for.set_value();
      VersionPage page;
      page.entries.resize(1);
      page.entries[0].key = first ? "a" : "b";
      if (first) page.next_page_token = "1";
      return page;
    }
    std::promise<void> second_asked_for;
  };
  const auto versions = std::make_shared<Versions>();
  VersionListing listing = Bucket(versions).list_versions({.prefetch = true});
  auto it = listing.begin();
  CHECK((*it)->key == "a");
  REQUIRE(versions->second_asked_for.get_future().wait_for(std::chrono::seconds(30)) == std::future_status::ready);
  ++it;
  CHECK((*it)->key == "b");
  ++it;
  CHECK(it == listing.end());
}

TEST_CASE_FIXTURE(ListingFixture, "an empty page with a token is not the end") {
  driver->pages = {page({}, "1"), page({}, "2"), page({"a"}, "")};
  CHECK(keys() == std::vector<std::string>{"a"});
}

TEST_CASE_FIXTURE(ListingFixture, "an empty bucket is one page and no entry") {
  driver->pages = {page({}, "")};
  CHECK(keys().empty());
}

TEST_CASE_FIXTURE(ListingFixture, "a repeated page token ends in an error, not in a circle") {
  driver->pages = {page({"a"}, "1"), page({"b"}, "1")};
  CHECK(keys().back() == "error: the service answered the same page token twice");
}

TEST_CASE_FIXTURE(ListingFixture, "a circle of several page tokens is found too") {
  for (int round = 0; round < 10; ++round) {
    for (const char* token : {"1", "2", "3"}) driver->pages.push_back(page({"a"}, token));
  }
  CHECK(keys().back() == "error: the service answered the same page token twice");
  CHECK(driver->calls.size() < 12);
}

TEST_CASE_FIXTURE(ListingFixture, "an error is the last entry, and names the listing") {
  Error error;
  error.code = ErrorCode::unavailable;
  error.message = "down";
  driver->pages = {page({"a"}, "1"), error};
  CHECK(keys() == std::vector<std::string>{"a", "error: down"});
  driver->pages = {error};
  CHECK(bucket.list_all({.prefix = "p/"}).error().resource == "fake://bucket/p/");
}

TEST_CASE_FIXTURE(ListingFixture, "a handle below a prefix sends it, and takes it off again") {
  driver->pages = {page({"p/a", "p/b"}, "")};
  const Bucket below = bucket.below("p").value();
  const auto entries = below.list_all({.prefix = "x", .start_after = "m"}).value();
  CHECK(entries[0].key == "a");
  CHECK(driver->list_requests[0].prefix == "p/x");
  CHECK(driver->list_requests[0].start_after == "p/m");
}

TEST_CASE_FIXTURE(ListingFixture,
                  "the object that stands for the handle's own prefix is not listed: nothing can name it") {
  driver->pages = {page({"p/"}, "1"), page({"p/", "p/a"}, "2"), page({"p/b/", "p/"}, "")};
  std::vector<std::string> keys;
  const Bucket below = bucket.below("p").value();
  for (const auto& entry : below.list()) keys.push_back(entry.value().key);
  CHECK(keys == std::vector<std::string>{"a", "b/"});
  driver->pages = {page({"p/", "a"}, "")};
  CHECK(bucket.list_all().value().size() == 2);
}

TEST_CASE("remove_all below a prefix leaves the object that stands for the prefix, and succeeds") {
  ObjectStore store = memory::make_memory_store();
  const Bucket bucket = store.create_bucket("b").value();
  for (const char* key : {"p/", "p/a", "p/b/"}) REQUIRE(bucket.put(key, ""));
  const auto report = bucket.below("p").value().remove_all("");
  CHECK(report.status());
  CHECK(bucket.list_all().value().size() == 1);
  CHECK(bucket.exists("p/").value());
}

TEST_CASE_FIXTURE(ListingFixture, "a key outside of the prefix is an error, not somebody else's object") {
  driver->pages = {page({"q/a"}, "")};
  CHECK(bucket.below("p").value().list_all().error().code == ErrorCode::unknown);
}

TEST_CASE_FIXTURE(ListingFixture, "bad options are refused before the first request") {
  CHECK(bucket.list_all({.prefix = "\xFF"}).error().message == "the prefix is not UTF-8");
  CHECK(bucket.list_all({.page_size = 0}).error().message == "page_size is not between 1 and 1000");
  driver->able.any_delimiter = false;
  CHECK(bucket.list_all({.delimiter = "-"}).error().code == ErrorCode::unsupported);
  CHECK(driver->calls.empty());
}

TEST_CASE_FIXTURE(ListingFixture, "a cancelled listing stops between pages") {
  const Context context = Context::cancellable();
  driver->pages = {page({"a"}, "1"), page({"b"}, "")};
  Listing listing = bucket.list({.context = context});
  auto it = listing.begin();
  context.cancel();
  ++it;
  CHECK(it->error().code == ErrorCode::cancelled);
  ++it;
  CHECK(it == listing.end());
}
