#include "memory/store_driver.h"
#include "support/driver_io.h"

using namespace ::test;

TEST_CASE("keys are listed in byte order, in pages of any size") {
  memory::MemoryStoreDriver store;
  REQUIRE(store.create_bucket("b", {}).has_value());
  const auto bucket = store.bucket("b").value();
  const Keys keys{"A", "a", "a.b", "a/b", "a/b/c", "a0", "z", "\xC3\xA4", "\xF0\x9F\x98\x80"};
  for (auto it = keys.rbegin(); it != keys.rend(); ++it) REQUIRE(put(*bucket, *it, "x").has_value());
  for (const int size : {1, 2, 1000}) {
    ListPageRequest request;
    request.page_size = size;
    CHECK(list(*bucket, request) == keys);
  }
  CHECK(list(*bucket, with_prefix("a", "/")) == Keys{"a", "a.b", "PRE a/", "a0"});
}

TEST_CASE("a page with a delimiter jumps over common prefixes") {
  memory::MemoryStoreDriver store;
  REQUIRE(store.create_bucket("b", {}).has_value());
  const auto bucket = store.bucket("b").value();
  for (int directory = 0; directory < 10; ++directory) {
    for (int i = 0; i < 2000; ++i) {
      REQUIRE(put(*bucket, std::to_string(directory) + '/' + std::to_string(i), "").has_value());
    }
  }
  const auto page = bucket->list_page(with_prefix("", "/"));
  REQUIRE(page.has_value());
  CHECK(page->entries.size() == 10);
  ListPageRequest request;
  request.page_size = 7;
  CHECK(list(*bucket, request).size() == 20000);
}

TEST_CASE("an entry says what head says") {
  memory::MemoryStoreDriver store;
  REQUIRE(store.create_bucket("b", {}).has_value());
  const auto bucket = store.bucket("b").value();
  REQUIRE(put(*bucket, "k", "12345").has_value());
  const auto entry = bucket->list_page({}).value().entries.at(0);
  const auto head = bucket->head("k", {}).value();
  CHECK(entry.size == 5);
  CHECK(entry.token == head.token);
  CHECK(entry.modified == head.modified);
}
