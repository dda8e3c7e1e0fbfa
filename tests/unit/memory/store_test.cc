#include "memory/store_driver.h"
#include "support/driver_io.h"

using namespace ::test;

TEST_CASE("buckets are made, found, listed and deleted") {
  memory::MemoryStoreDriver store;
  CHECK_FALSE(store.bucket_exists("b", {}).value());
  CHECK(store.create_bucket("b", {}).has_value());
  CHECK(store.create_bucket("a", {}).has_value());
  CHECK(code_of(store.create_bucket("b", {})) == ErrorCode::already_exists);
  CHECK(store.bucket_exists("b", {}).value());
  const auto page = store.list_buckets_page("", {}).value();
  REQUIRE(page.entries.size() == 2);
  CHECK(page.entries[0].name == "a");
  CHECK(store.delete_bucket("b", {}).has_value());
  CHECK(code_of(store.delete_bucket("b", {})) == ErrorCode::not_found);
}

TEST_CASE("a bucket that is not empty is not deleted") {
  memory::MemoryStoreDriver store;
  REQUIRE(store.create_bucket("b", {}).has_value());
  const auto bucket = store.bucket("b").value();
  REQUIRE(put(*bucket, "k", "x").has_value());
  CHECK(store.delete_bucket("b", {}).error().message == "the bucket \"b\" is not empty");
  CHECK(code_of(store.delete_bucket("b", {})) == ErrorCode::conflict);
  REQUIRE(remove(*bucket, "k").has_value());
  CHECK(store.delete_bucket("b", {}).has_value());
  CHECK(code_of(put(*bucket, "k", "x")) == ErrorCode::not_found);
}

TEST_CASE("a copy goes from bucket to bucket of one store") {
  memory::MemoryStoreDriver store;
  REQUIRE(store.create_bucket("a", {}).has_value());
  REQUIRE(store.create_bucket("b", {}).has_value());
  const auto from = store.bucket("a").value();
  const auto to = store.bucket("b").value();
  REQUIRE(put(*from, "k", "data").has_value());
  CopyRequest request;
  request.source_bucket = "a";
  request.source_key = "k";
  request.destination_key = "k2";
  REQUIRE(to->copy(request).has_value());
  CHECK(get(*to, "k2").value() == "data");
  CHECK(from->store_id() == to->store_id());
  CHECK(memory::MemoryStoreDriver().bucket("a").value()->store_id() != from->store_id());
}

TEST_CASE("names that are no path segment are refused") {
  memory::MemoryStoreDriver store;
  for (const std::string& name : {std::string(), std::string("."), std::string(".."), std::string("a/b"),
                                  std::string("a\nb"), std::string("\xFF"), std::string(256, 'x')}) {
    CAPTURE(name);
    CHECK(code_of(store.bucket(name)) == ErrorCode::invalid_argument);
    CHECK(code_of(store.create_bucket(name, {})) == ErrorCode::invalid_argument);
  }
  CHECK(store.bucket(std::string(255, 'x')).has_value());
  CHECK(store.bucket("a/b").error().message == "the bucket name \"a/b\" holds a '/'");
}
