#include "local/open.h"

#include "unit/local/fixture.h"

#include <cloudkit/local.h>
#include <cloudkit/log.h>

using namespace ::test;

namespace {

Result<BucketLocation> locate(const std::string& url) {
  return Url::parse(url).and_then([](const Url& parsed) { return local::open_bucket(parsed); });
}

}  // namespace

TEST_CASE("file:///DIR is that directory as a bucket") {
  const auto location = locate("file:///data/my%20files/");
  REQUIRE(location.has_value());
  CHECK(location->bucket == "my files");
  CHECK(location->prefix.empty());
  CHECK(location->store->url() == "file:///data");
  CHECK(locate("file:///top").value().store->url() == "file:///");
  CHECK(locate("file:///a//b").value().store->bucket("b").value()->url() == "file:///a/b");
}

TEST_CASE("as a store it is the directory of the buckets") {
  CHECK(local::open_store(Url::parse("file:///data").value()).value()->url() == "file:///data");
}

TEST_CASE("file:/// is the whole file system, with a warning") {
  std::string warned;
  set_log_sink([&](const LogRecord& record) { warned = record.message; });
  const auto location = locate("file:///");
  set_log_sink({});
  REQUIRE(location.has_value());
  CHECK(location->store->bucket(location->bucket).value()->url() == "file:///");
  CHECK(warned == "file:/// is the whole file system of this machine as a bucket");
}

TEST_CASE("hosts, relative paths and query keys are refused") {
  CHECK(locate("file://host/data").error().message == "a file URL names no host, but this one has \"host\"");
  CHECK(locate("file://data").error().code == ErrorCode::invalid_argument);
  CHECK(locate("file://").error().message == "the URL names no directory");
  CHECK(locate("file:///a/../b").error().message == "the path holds \"..\"");
  CHECK(locate("file:///a/%2E%2E/b").error().message == "the path holds \"..\"");
  CHECK(locate("file:///./b").error().message == "the path holds \".\"");
  CHECK(locate("file:///a?sync=no").error().code == ErrorCode::invalid_argument);
  CHECK(locate("file:///a/.ck-x").error().code == ErrorCode::invalid_argument);
  CHECK(code_of(local::open_store(Url::parse("file://host/data").value())) == ErrorCode::invalid_argument);
}

TEST_CASE("a bucket named by its path may be a link; one named in a store may not") {
  const TemporaryDirectory root;
  std::filesystem::create_directory(root.file("real"));
  std::filesystem::create_symlink("real", root.file("link"));
  const auto location = locate("file://" + root.file("link")).value();
  const auto bucket = location.store->bucket(location.bucket).value();
  REQUIRE(put(*bucket, "k", "x").has_value());
  CHECK(std::filesystem::exists(root.file("real/k")));
  const ObjectStore store = local::make_file_store(root.path()).value();
  CHECK(store.bucket("link").value().get("k").error().code == ErrorCode::permission_denied);
}

TEST_CASE("a store's directory may be relative to where the program is") {
  const auto here = std::filesystem::current_path();
  const TemporaryDirectory root;
  std::filesystem::current_path(root.path());
  const auto store = local::make_file_store("data");
  std::filesystem::current_path(here);
  REQUIRE(store.has_value());
  CHECK(store->url() == "file://" + std::filesystem::canonical(root.path()).string() + "/data");
  CHECK(local::make_file_store("").error().code == ErrorCode::invalid_argument);
  CHECK(local::make_file_store(std::string("a\0b", 3)).error().message == "the directory holds a NUL byte");
}
