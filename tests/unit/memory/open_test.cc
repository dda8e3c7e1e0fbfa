#include "memory/open.h"

#include "support/driver_io.h"

#include <cloudkit/memory.h>

using namespace ::test;

namespace {

Result<BucketLocation> locate(const char* url) {
  return Url::parse(url).and_then([](const Url& parsed) { return memory::open_bucket(parsed); });
}

}  // namespace

TEST_CASE("mem://NAME is a bucket of the store that the process shares") {
  const auto location = locate("mem://reports");
  REQUIRE(location.has_value());
  CHECK(location->bucket == "reports");
  CHECK(location->prefix.empty());
  CHECK(memory::open_store(Url::parse("mem://").value()).value() == location->store);
}

TEST_CASE("what follows the name is a prefix, without the slashes around it") {
  CHECK(locate("mem://reports/2026/11/").value().prefix == "2026/11");
  CHECK(locate("mem://reports/2026").value().prefix == "2026");
  CHECK(locate("mem://reports/").value().prefix.empty());
}

TEST_CASE("other forms are refused") {
  CHECK(locate("mem:///reports").error().message == "the URL names no bucket");
  CHECK(locate("mem://reports?size=1").error().code == ErrorCode::invalid_argument);
  CHECK(memory::open_store(Url::parse("mem://reports").value()).error().message == "a memory store has no name");
  CHECK(code_of(memory::open_store(Url::parse("mem://?a=b").value())) == ErrorCode::invalid_argument);
}

TEST_CASE("a store that was made is nobody else's") {
  const ObjectStore store = memory::make_memory_store();
  REQUIRE(store.create_bucket("mine").has_value());
  CHECK_FALSE(memory::make_memory_store().bucket_exists("mine").value());
}
