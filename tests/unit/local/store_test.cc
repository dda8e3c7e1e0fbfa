#include "local/file_store.h"

#include "unit/local/fixture.h"

using namespace ::test;
namespace fs = std::filesystem;

TEST_CASE("buckets are directories, made with the store where it is missing") {
  const TemporaryDirectory root;
  local::FileStoreDriver store(FileBucket::config_of(root.file("new/store"), true));
  CHECK(code_of(store.list_buckets_page("", {})) == ErrorCode::not_found);
  CHECK_FALSE(store.bucket_exists("b", {}).value());
  CHECK(store.create_bucket("b", {}).has_value());
  CHECK(fs::is_directory(root.file("new/store/b")));
  CHECK(store.bucket_exists("b", {}).value());
  CHECK(code_of(store.create_bucket("b", {})) == ErrorCode::already_exists);
  CHECK(store.delete_bucket("b", {}).has_value());
  CHECK(code_of(store.delete_bucket("b", {})) == ErrorCode::not_found);
}

TEST_CASE("a list of buckets leaves out files, links and hidden directories") {
  const TemporaryDirectory root;
  local::FileStoreDriver store(FileBucket::config_of(root.path()));
  for (const char* name : {"b", "a.b", "a", ".hidden"}) REQUIRE(store.create_bucket(name, {}).has_value());
  std::ofstream(root.file("file")) << "x";
  fs::create_symlink("a", root.file("link"));
  const auto page = store.list_buckets_page("", {}).value();
  Keys names;
  for (const auto& entry : page.entries) names.push_back(entry.name);
  std::sort(names.begin(), names.end());
  CHECK(names == Keys{"a", "a.b", "b"});
  CHECK(std::chrono::system_clock::now() - page.entries[0].created < std::chrono::minutes(5));
}

TEST_CASE_FIXTURE(FileBucket, "a bucket with an object is not deleted, one with empty directories is") {
  REQUIRE(put(*bucket, "d/k", "x").has_value());
  CHECK(code_of(store.delete_bucket("b", {})) == ErrorCode::conflict);
  CHECK(get(*bucket, "d/k").value() == "x");
  REQUIRE(remove(*bucket, "d/k").has_value());
  fs::create_directories(path("e/f"));
  CHECK(store.delete_bucket("b", {}).has_value());
  CHECK_FALSE(fs::exists(root.file("b")));
}

TEST_CASE_FIXTURE(FileBucket, "a bucket with what is no object is not deleted either") {
  fs::create_symlink("nowhere", path("link"));
  CHECK(code_of(store.delete_bucket("b", {})) == ErrorCode::conflict);
  CHECK(fs::is_symlink(path("link")));
}

TEST_CASE_FIXTURE(FileBucket, "a bucket that is not deleted keeps its uploads and its directories") {
  fs::create_symlink("nowhere", path("link"));
  fs::create_directories(path("e/f"));
  const auto upload = bucket->begin_upload("k", {}).value();
  CHECK(code_of(store.delete_bucket("b", {})) == ErrorCode::conflict);
  CHECK(fs::is_directory(path("e/f")));
  CHECK(bucket->list_parts("k", upload, {}).has_value());
  fs::remove(path("link"));
  CHECK(store.delete_bucket("b", {}).has_value());
}

TEST_CASE("a file where the bucket should be is in the way") {
  const TemporaryDirectory root;
  std::ofstream(root.file("b")) << "x";
  local::FileStoreDriver store(FileBucket::config_of(root.path()));
  CHECK(store.create_bucket("b", {}).error().message ==
        root.file("b") + " exists and is not a directory that can be opened");
  CHECK(code_of(store.create_bucket("b", {})) == ErrorCode::conflict);
}

TEST_CASE("names that are no path segment, or reserved, are refused") {
  local::FileStoreDriver store(FileBucket::config_of("/nowhere"));
  for (const char* name : {"", ".", "..", "a/b", "/", ".ck-x"}) {
    CAPTURE(name);
    CHECK(code_of(store.bucket(name)) == ErrorCode::invalid_argument);
    CHECK(code_of(store.create_bucket(name, {})) == ErrorCode::invalid_argument);
    CHECK(code_of(store.delete_bucket(name, {})) == ErrorCode::invalid_argument);
    CHECK(code_of(store.bucket_exists(name, {})) == ErrorCode::invalid_argument);
  }
}

TEST_CASE("the root directory is a bucket that is neither made nor deleted") {
  local::FileStoreDriver store(FileBucket::config_of("/"));
  const auto bucket = store.bucket("/").value();
  CHECK(bucket->url() == "file:///");
  CHECK(store.bucket_exists("/", {}).value());
  CHECK(code_of(store.create_bucket("/", {})) == ErrorCode::already_exists);
  CHECK(code_of(store.delete_bucket("/", {})) == ErrorCode::invalid_argument);
  CHECK(code_of(get(*bucket, "no/such/file/anywhere")) == ErrorCode::not_found);
}

TEST_CASE("urls name the path, encoded") {
  local::FileStoreDriver store(FileBucket::config_of("/data/my files"));
  CHECK(store.url() == "file:///data/my%20files");
  CHECK(store.bucket("50%").value()->url() == "file:///data/my%20files/50%25");
}

TEST_CASE_FIXTURE(FileBucket, "a copy goes from bucket to bucket of one store") {
  REQUIRE(store.create_bucket("c", {}).has_value());
  const auto to = store.bucket("c").value();
  REQUIRE(put(*bucket, "k", "data").has_value());
  CopyRequest request;
  request.source_bucket = "b";
  request.source_key = "k";
  request.destination_key = "d/k";
  REQUIRE(to->copy(request).has_value());
  CHECK(get(*to, "d/k").value() == "data");
  CHECK(to->store_id() == bucket->store_id());
  request.source_bucket = "missing";
  CHECK(to->copy(request).error().service_code == "NoSuchBucket");
}
