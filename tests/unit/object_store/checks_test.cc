#include "support/hostile_metadata.h"
#include "support/scripted_bucket.h"

#include <cloudkit/log.h>
#include <cloudkit/object_store.h>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace cloudkit;
using cloudkit::test::ScriptedBucket;

namespace {

struct ChecksFixture {
  std::shared_ptr<ScriptedBucket> driver = std::make_shared<ScriptedBucket>();
  Bucket bucket{driver};

  void check_refused(const Error& error, std::string_view message) {
    CHECK(error.code == ErrorCode::invalid_argument);
    CHECK(error.message == message);
    CHECK(driver->calls.empty());
  }
};

}  // namespace

TEST_CASE_FIXTURE(ChecksFixture, "a bad key is refused before any request") {
  check_refused(bucket.put("", "x").error(), "the key is empty");
  check_refused(bucket.get(std::string(1025, 'k')).error(), "the key has 1025 bytes, more than 1024");
  check_refused(bucket.head("\xFF").error(), "the key is not UTF-8");
  check_refused(bucket.remove(std::string_view("a\0b", 3)).error(), "the key holds a NUL byte");
  check_refused(bucket.copy("a", "").error(), "the key is empty");
}

TEST_CASE_FIXTURE(ChecksFixture, "the prefix of a handle counts into the key's length") {
  const Bucket below = bucket.below("p").value();
  CHECK(below.put(std::string(1022, 'k'), "x"));
  CHECK(below.put(std::string(1023, 'k'), "x").error().code == ErrorCode::invalid_argument);
}

TEST_CASE_FIXTURE(ChecksFixture, "what a backend cannot hold is refused in the same words for all") {
  driver->able.key_slashes = driver->able.key_dot_segments = driver->able.key_control_characters = false;
  driver->able.max_segment_size = 255;
  check_refused(bucket.put("a//b", "x").error(),
                "this backend cannot hold a key that begins or ends with '/' or holds '//'");
  check_refused(bucket.put("/a", "x").error(),
                "this backend cannot hold a key that begins or ends with '/' or holds '//'");
  check_refused(bucket.put("a/", "x").error(),
                "this backend cannot hold a key that begins or ends with '/' or holds '//'");
  check_refused(bucket.put("a/../b", "x").error(), "this backend cannot hold a key with the segment \"..\"");
  check_refused(bucket.put("a\x01", "x").error(), "this backend cannot hold a key with control characters");
  driver->able.key_backslashes = driver->able.key_final_dots = false;
  check_refused(bucket.put("a\\b", "x").error(), "this backend cannot hold a key with a '\\'");
  for (const char* const key : {"a.", "a./b", "..."}) {
    check_refused(bucket.put(key, "x").error(), "this backend cannot hold a key of which a segment ends with a dot");
  }
  check_refused(bucket.put(std::string(256, 'k'), "x").error(),
                "this backend cannot hold a key with more than 255 bytes between two '/'");
  CHECK(bucket.put("a.b/.c", "x"));
  driver->calls.clear();
  driver->able.key_dot_segments = driver->able.key_final_dots = true;
  driver->able.key_dot_names = false;
  for (const char* const key : {".", ".."}) {
    check_refused(bucket.put(key, "x").error(), "this backend cannot hold the key \"" + std::string(key) + '"');
  }
  CHECK(bucket.put("a/../b", "x"));
  driver->calls.clear();
  driver->able.key_dot_names = true;
  driver->able.key_climbs_out = false;
  for (const char* const key : {"..", "../b", "a/../../b"}) {
    check_refused(bucket.put(key, "x").error(),
                  "this backend cannot hold a key that leads out of the bucket by its \"..\"");
  }
  CHECK(bucket.below("p").value().put("../b", "x"));
  for (const char* const key : {".", "a/..", "a/../b", "a/b/../..", "..b"}) CHECK(bucket.put(key, "x"));
}

TEST_CASE_FIXTURE(ChecksFixture, "trap 25: metadata that a header cannot hold is refused before any request") {
  for (const HostileMetadata& row : hostile_metadata()) {
    driver->calls.clear();
    const auto result = bucket.put("k", "x", {.metadata = {{row.name, row.value}}});
    CHECK_MESSAGE(result.has_value() == row.accepted, row.label);
    CHECK_MESSAGE(driver->calls.empty() != row.accepted, row.label);
    if (!result) CHECK(result.error().code == ErrorCode::invalid_argument);
  }
}

TEST_CASE_FIXTURE(ChecksFixture, "trap 25: metadata names lose their case, and clash when only it differs") {
  REQUIRE(bucket.put("k", "x", {.metadata = {{"Owner", "ada"}}}));
  CHECK(driver->last_put.metadata == Metadata{{"owner", "ada"}});
  CHECK(bucket.put("k", "x", {.metadata = {{"Owner", "ada"}, {"owner", "bob"}}}).error().message ==
        "metadata name \"owner\" is given twice: names have no case");
}

TEST_CASE_FIXTURE(ChecksFixture, "a header value cannot smuggle a header") {
  CHECK(bucket.put("k", "x", {.content = {.type = "text/plain\r\nX-Evil: 1"}}).error().message ==
        "content type is not printable ASCII");
}

TEST_CASE_FIXTURE(ChecksFixture, "a condition that makes no sense is refused") {
  check_refused(bucket.put("k", "x", {.condition = Condition::not_match("t")}).error(),
                "put takes Condition::absent and match only");
  check_refused(bucket.get("k", {.condition = Condition::absent()}).error(),
                "get takes Condition::match and not_match only");
  check_refused(bucket.remove("k", {.condition = Condition::absent()}).error(), "remove takes Condition::match only");
  check_refused(bucket.copy("a", "b", {.condition = Condition::match("t")}).error(),
                "copy takes Condition::absent only");
  check_refused(bucket.put("k", "x", {.condition = Condition::match("")}).error(), "the condition's token is empty");
}

TEST_CASE_FIXTURE(ChecksFixture, "a condition that a backend cannot honour is refused, never dropped") {
  driver->able = Capabilities();
  for (const Error& error : {bucket.put("k", "x", {.condition = Condition::absent()}).error(),
                             bucket.put("k", "x", {.condition = Condition::match("t")}).error(),
                             bucket.get("k", {.condition = Condition::not_match("t")}).error(),
                             bucket.remove("k", {.condition = Condition::match("t")}).error(),
                             bucket.copy("a", "b", {.condition = Condition::absent()}).error()}) {
    CHECK(error.code == ErrorCode::unsupported);
  }
  CHECK(driver->calls.empty());
}

TEST_CASE_FIXTURE(ChecksFixture, "empty ranges and lifetimes out of bounds are refused") {
  check_refused(bucket.get("k", {.range = ByteRange{5, 0}}).error(), "the range is empty");
  check_refused(bucket.get("k", {.range = ByteRange::suffix(0)}).error(), "the range is empty");
  check_refused(bucket.presign("k", {.expires = std::chrono::seconds(0)}).error(),
                "a presigned URL lives from 1 to 604800 seconds, not 0");
  check_refused(bucket.presign("k", {.expires = std::chrono::hours(169)}).error(),
                "a presigned URL lives from 1 to 604800 seconds, not 608400");
}

TEST_CASE_FIXTURE(ChecksFixture,
                  "a URL says what its reply is to say, and of which version, where that has a meaning") {
  const char* const of_reads = "headers of the reply can be presigned for get and head only";
  for (const auto method : {PresignMethod::put, PresignMethod::remove}) {
    check_refused(bucket.presign("k", {.method = method, .response = {.type = "a/b"}}).error(), of_reads);
    check_refused(bucket.presign("k", {.method = method, .response = {.cache_control = "no-store"}}).error(), of_reads);
    check_refused(bucket.presign("k", {.method = method, .response = {.encoding = "gzip"}}).error(), of_reads);
    check_refused(bucket.presign("k", {.method = method, .response = {.disposition = "inline"}}).error(), of_reads);
    check_refused(bucket.presign("k", {.method = method, .response = {.language = "de"}}).error(), of_reads);
  }
  check_refused(bucket.presign("k", {.response = {.disposition = "inline\r\nx: y"}}).error(),
                "content disposition is not printable ASCII");
  check_refused(bucket.presign("k", {.method = PresignMethod::put, .version_id = "v"}).error(),
                "a version can be presigned for get, head and remove only");
  check_refused(bucket.presign("k", {.version_id = "v\nw"}).error(), "the version is not printable ASCII");
  const auto type = bucket.presign("k", {.content_type = "a/b"}).error();
  check_refused(type, "a content type can be presigned for put only");
  CHECK(type.hint == "PresignOptions::response is what a reply is to say");
  driver->able.versions = false;
  const auto unknown = bucket.presign("k", {.version_id = "v"}).error();
  CHECK(unknown.code == ErrorCode::unsupported);
  CHECK(unknown.message == "this backend keeps no versions");
}

TEST_CASE_FIXTURE(ChecksFixture, "what has already ended starts nothing") {
  const Context cancelled = Context::cancellable();
  cancelled.cancel();
  CHECK(bucket.put("k", "x", {.context = cancelled}).error().code == ErrorCode::cancelled);
  CHECK(bucket.remove("k", {.context = Context::with_timeout(-std::chrono::seconds(1))}).error().code ==
        ErrorCode::timeout);
  CHECK(driver->calls.empty());
}

TEST_CASE_FIXTURE(ChecksFixture, "an object above the backend's limit is refused with both sizes") {
  driver->able.max_put_size = 3;
  const auto result = bucket.put("k", "four");
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::unsupported);
  CHECK(result.error().message == "it has 4 bytes, and this backend takes 3 in one request");
}

TEST_CASE_FIXTURE(ChecksFixture, "a refusal says what to do instead") {
  CHECK(bucket.get("").error().hint == "name an object; a prefix alone is none");
  driver->able.versions = driver->able.storage_class = false;
  CHECK(bucket.head("k", {.version_id = "1"}).error().hint ==
        "leave version_id empty: there is one content of each key");
  CHECK(bucket.get("k", {.version_id = "1"}).error().hint == bucket.head("k", {.version_id = "1"}).error().hint);
  CHECK(bucket.put("k", "v", {.storage_class = "COLD"}).error().hint == "leave PutOptions::storage_class empty here");
  CHECK(driver->calls.empty());
}

TEST_CASE_FIXTURE(ChecksFixture, "an error is one line of the log, with its hint as a field") {
  std::vector<std::string> lines;
  set_log_sink(
      [&](const LogRecord& record) {
        REQUIRE(record.fields.size() == 1);
        lines.push_back(std::string(record.message) + '|' + std::string(record.fields[0].key) + '|' +
                        std::string(record.fields[0].value));
      },
      LogLevel::debug);
  (void)bucket.put("k", "v", {.metadata = {{"two words", "v"}}});
  set_log_sink({});
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] ==
        "put fake://bucket/k: invalid_argument: metadata name \"two words\" is not an HTTP token|hint|use letters, "
        "digits, '-' and '_'");
}

TEST_CASE_FIXTURE(ChecksFixture, "content types come from names, unless they are given") {
  const std::pair<const char*, const char*> cases[] = {{"a.html", "text/html"},
                                                       {"b/A.JPG", "image/jpeg"},
                                                       {"x.tar.gz", "application/gzip"},
                                                       {"noending", "application/octet-stream"},
                                                       {"dir.html/file", "application/octet-stream"},
                                                       {"trailing.", "application/octet-stream"}};
  for (const auto& [key, type] : cases) {
    REQUIRE(bucket.put(key, "x"));
    CHECK(driver->last_put.content.type == type);
  }
  REQUIRE(bucket.put("a.html", "x", {.content = {.type = "text/plain"}}));
  CHECK(driver->last_put.content.type == "text/plain");
}

TEST_CASE_FIXTURE(ChecksFixture, "a copy of several steps goes on until it is done") {
  REQUIRE(bucket.copy("a", "b"));
  CHECK(driver->calls == std::vector<std::string>{"copy a b ", "copy a b half"});
}
