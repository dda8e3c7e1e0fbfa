#include "azure/blob/request.h"
#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::azure::blob;
using namespace cloudkit::testing;

TEST_CASE("trap 1: every request says which version of the service it means, and one place says which") {
  const Target target{"https", "acc.blob.core.windows.net", "/reports"};
  for (const http::Request& request :
       {account_request(http::Method::get, target), container_request(http::Method::put, target),
        blob_request(http::Method::get, target, "k").value()}) {
    CHECK(request.headers.get("x-ms-version") == kServiceVersion);
  }
}

TEST_CASE("keys are encoded once, and slashes stay") {
  const Target target{"http", "127.0.0.1:10000", "/devstoreaccount1/reports"};
  CHECK(text_of(blob_request(http::Method::get, target, "a b/%2F+//\xC3\xBC?#").value()) ==
        "GET http://127.0.0.1:10000/devstoreaccount1/reports/a%20b/%252F%2B//%C3%BC%3F%23\n");
  CHECK(blob_url(target, "a b") == "http://127.0.0.1:10000/devstoreaccount1/reports/a%20b");
}

TEST_CASE("trap 11: names that Azure would hold under another name are refused before anything is sent") {
  const BlobFixture f;
  const Bucket bucket(f.bucket);
  for (const char* const key : {"a\\b", "a.", "a./b", "..", "a/../b", "tab\t", "\x7F"}) {
    const auto put = bucket.put(key, "v");
    REQUIRE_FALSE(put);
    CHECK_MESSAGE(put.error().code == ErrorCode::invalid_argument, key);
  }
  std::string deep = "a";
  for (int i = 0; i < 254; ++i) deep += "/a";
  CHECK(bucket.put(deep, "v").error().message == "the key has 255 segments; Azure holds 254");
  CHECK(f.transport->sent().empty());
}

TEST_CASE("trap 12: metadata names are identifiers; what would lose its '-' is refused") {
  const BlobFixture f;
  const Bucket bucket(f.bucket);
  for (const char* const name : {"with-dash", "1st", "a.b"}) {
    const auto put = bucket.put("k", "v", {.metadata = {{name, "1"}}});
    REQUIRE_FALSE(put);
    CHECK(put.error().code == ErrorCode::invalid_argument);
    CHECK(put.error().message == fmt::format("this backend cannot hold the metadata name \"{}\"", name));
    CHECK(put.error().hint == "use letters, digits and '_', and no digit first");
  }
  CHECK(f.transport->sent().empty());
}

TEST_CASE("container names") {
  for (const char* const name : {"abc", "a-b-1", "$root", "$web", "$logs", "000"}) CHECK(check_container_name(name));
  for (const char* const name : {"", "ab", "-abc", "abc-", "a--b", "Abc", "a_b", "a.b", "$other", "a/b", ".."}) {
    CHECK_MESSAGE(check_container_name(name).error().code == ErrorCode::invalid_argument, name);
  }
  CHECK_FALSE(check_container_name(std::string(64, 'a')));
}
