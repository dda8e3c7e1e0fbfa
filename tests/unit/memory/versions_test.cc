#include <cloudkit/memory.h>

#include <doctest/doctest.h>

using namespace cloudkit;

// Beyond what the conformance suite asks of every backend.
namespace {

Bucket versioned() { return memory::make_memory_store().create_bucket("b", {.versioned = true}).value(); }

std::vector<VersionEntry> versions_of(const Bucket& bucket, int page_size = 1000) {
  std::vector<VersionEntry> versions;
  for (const auto& version : bucket.list_versions({.page_size = page_size})) versions.push_back(version.value());
  return versions;
}

}  // namespace

TEST_CASE("a page begins where the last one ended, though that version is gone") {
  const Bucket bucket = versioned();
  for (int i = 0; i < 3; ++i) bucket.put("k", std::to_string(i)).value();
  bucket.put("l", "1").value();
  std::vector<std::string> seen;
  for (const auto& version : bucket.list_versions({.page_size = 1})) {
    seen.push_back(version.value().version_id);
    bucket.remove_version(version->key, version->version_id).value();
  }
  CHECK(seen.size() == 4);
  CHECK(versions_of(bucket).empty());
}

TEST_CASE("removing the latest version brings back the one before, a marker too") {
  const Bucket bucket = versioned();
  bucket.put("k", "1").value();
  bucket.remove("k").value();
  const std::string last = bucket.put("k", "2").value().version_id;
  bucket.remove_version("k", last).value();
  CHECK(bucket.get("k").error().code == ErrorCode::not_found);
  CHECK(versions_of(bucket)[0].is_delete_marker);
  CHECK(versions_of(bucket)[0].is_latest);
  bucket.undelete("k").value();
  CHECK(bucket.get("k").value().data == "1");
}

TEST_CASE("an older version keeps tags of its own, and a change of metadata makes no version") {
  const Bucket bucket = versioned();
  const std::string first = bucket.put("k", "1").value().version_id;
  bucket.put("k", "2").value();
  bucket.set_tags("k", {{"a", "old"}}, {.version_id = first}).value();
  bucket.set_tags("k", {{"a", "new"}}).value();
  CHECK(bucket.get_tags("k", {.version_id = first}).value() == Tags{{"a", "old"}});
  CHECK(bucket.get_tags("k").value() == Tags{{"a", "new"}});
  bucket.set_metadata("k", {.metadata = Metadata{{"m", "1"}}}).value();
  CHECK(bucket.get_tags("k").value() == Tags{{"a", "new"}});
  CHECK(versions_of(bucket).size() == 2);
}

TEST_CASE("a condition is about what is read now: a removed object has no token") {
  const Bucket bucket = versioned();
  bucket.put("k", "1").value();
  bucket.remove("k").value();
  CHECK(bucket.put("k", "2", {.condition = Condition::absent()}));
}

TEST_CASE("the only version of an unversioned bucket can be removed by its name") {
  const Bucket bucket = memory::make_memory_store().create_bucket("b").value();
  bucket.put("k", "1").value();
  bucket.remove_version("k", "other").value();
  CHECK(bucket.get("k"));
  CHECK(bucket.get("k", {.version_id = "other"}).error().code == ErrorCode::not_found);
  bucket.remove_version("k", "null").value();
  CHECK_FALSE(bucket.get("k"));
}
