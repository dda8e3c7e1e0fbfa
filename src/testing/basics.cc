#include "testing/suite.h"

#include <chrono>

/// Put, get, head, exists, remove of small objects.
namespace cloudkit::inline v0::testing {
namespace {

void put_get_roundtrip(const Case& c) {
  // Around the sizes at which buffers, pages and single sends end.
  for (const std::size_t size : {0U, 1U, 4096U, 65535U, 65536U, 65537U, 1048577U}) {
    const std::string key = "size-" + std::to_string(size);
    const std::string data = pattern(size);
    const ObjectInfo info = c.put(key, data);
    c.expect_equal(info.size, size, "the size that put returned");
    c.expect_equal(info.key, key, "the key that put returned");
    c.expect_equal(c.expect_content(key, data).info.key, key, "the key that get returned");
  }
  std::string every_byte;
  for (int value = 0; value < 256; ++value) every_byte += static_cast<char>(value);
  c.put("every-byte", every_byte);
  c.expect_content("every-byte", every_byte);
}

void put_replaces_whole_object(const Case& c) {
  c.put("k", pattern(10000));
  c.put("k", "short");
  c.expect_content("k", "short");
  c.expect_keys({}, {"k"}, "the keys after putting one twice");
}

void get_missing(const Case& c) {
  const Error error = c.expect_error(c.bucket().get("no such key"), ErrorCode::not_found, "getting a missing object");
  c.expect(error.to_string().find("no such key") != std::string::npos,
           "the error of a missing object should name it: " + show(error));
  c.expect_equal(error.operation, "get", "the operation that the error names");
  char buffer[4];
  c.expect_error(c.bucket().read_at("no such key", 0, buffer), ErrorCode::not_found, "read_at of a missing object");
}

void get_missing_bucket(const Case& c) {
  if (!c.harness().missing_bucket) c.skip("the harness has no missing_bucket");
  const Bucket missing = c.expect_ok(c.harness().missing_bucket(), "missing_bucket");
  const Error no_bucket = c.expect_error(missing.get("k"), ErrorCode::not_found, "get in a missing bucket");
  const Error no_object = c.expect_error(c.bucket().get("k"), ErrorCode::not_found, "get of a missing object");
  c.expect(no_bucket.service_code != no_object.service_code || no_bucket.message != no_object.message,
           "the errors of a missing bucket and of a missing object should differ, both say: " + show(no_object));
  c.expect_error(missing.put("k", "v"), ErrorCode::not_found, "put in a missing bucket");
  c.expect_error(missing.head("k"), ErrorCode::not_found, "head in a missing bucket");
  c.expect_equal(c.expect_ok(missing.exists("k"), "exists in a missing bucket"), false, "exists in a missing bucket");
  c.expect_error(missing.remove("k"), ErrorCode::not_found, "remove in a missing bucket");
  c.expect_error(missing.list_all(), ErrorCode::not_found, "list of a missing bucket");
}

void head_matches_get(const Case& c) {
  c.put("k", pattern(1000));
  const ObjectInfo head = c.expect_ok(c.bucket().head("k"), "head");
  const ObjectInfo get = c.expect_content("k", pattern(1000)).info;
  c.expect_equal(head.key, "k", "the key that head returned");
  c.expect_equal(head.size, get.size, "the size by head, compared with get");
  c.expect(!head.token.empty(), "head should return a token");
  c.expect_equal(head.token, get.token, "the token by head, compared with get");
  c.expect_equal(head.content.type, get.content.type, "the content type by head, compared with get");
  const auto apart = head.modified > get.modified ? head.modified - get.modified : get.modified - head.modified;
  c.expect(apart <= std::chrono::seconds(2), "head and get should agree on the time of the change within 2 s");
  // Services refuse signatures of clocks that are off by more than 15 minutes; a local time that is taken for UTC is
  // off by 30 at least.
  const auto age = std::chrono::system_clock::now() - head.modified;
  c.expect(age < std::chrono::minutes(20) && age > -std::chrono::minutes(20),
           "the time of the change should be about now");
}

void head_missing(const Case& c) {
  const Error error = c.expect_error(c.bucket().head("no such key"), ErrorCode::not_found, "head of a missing object");
  c.expect(error.to_string().find("no such key") != std::string::npos,
           "the error of a missing object should name it: " + show(error));
}

void exists_tells(const Case& c) {
  c.expect_equal(c.expect_ok(c.bucket().exists("k"), "exists"), false, "exists, before the put");
  c.put("k", "v");
  c.expect_equal(c.expect_ok(c.bucket().exists("k"), "exists"), true, "exists, after the put");
  c.expect_equal(c.expect_ok(c.bucket().exists("k.x"), "exists"), false, "exists of \"k.x\" when there is only \"k\"");
}

void remove_existing_then_missing(const Case& c) {
  c.put("k", "v");
  c.put("other", "v");
  c.expect_ok(c.bucket().remove("k"), "removing an object");
  c.expect_missing("k");
  c.expect_keys({}, {"other"}, "the keys after removing one of two");
}

void remove_missing_ok(const Case& c) {
  c.expect_ok(c.bucket().remove("no such key"), "removing a missing object");
  c.put("k", "v");
  c.expect_ok(c.bucket().remove("k"), "removing an object");
  c.expect_ok(c.bucket().remove("k"), "removing it a second time");
}

void remove_prefix_does_not_remove_children(const Case& c) {
  c.put("a/b", "1");
  c.put("a/c", "2");
  c.expect_ok(c.bucket().remove("a"), "removing a key that is only the beginning of others");
  if (c.can().key_slashes) c.expect_ok(c.bucket().remove("a/"), "removing a key that is only the beginning of others");
  c.expect_keys({}, {"a/b", "a/c"}, "the keys after removing \"a\"");
}

void put_returns_token_equal_to_head(const Case& c) {
  const ObjectInfo put = c.put("k", "v");
  c.expect(!put.token.empty(), "put should return a token");
  c.expect_equal(c.expect_ok(c.bucket().head("k"), "head").token, put.token, "the token by head, compared with put");
}

void token_changes_on_new_content(const Case& c) {
  const ObjectInfo first = c.put("k", "one");
  const ObjectInfo second = c.put("k", "two");  // The same size, and within the same second.
  c.expect(first.token != second.token, "the token should change with the content; both times it is " + first.token);
  c.expect_equal(c.expect_ok(c.bucket().head("k"), "head").token, second.token, "the token by head");
}

void empty_object_head_get_range(const Case& c) {
  c.put("k", "");
  c.expect_equal(c.expect_ok(c.bucket().head("k"), "head").size, 0U, "the size of an empty object");
  c.expect_content("k", "");
  const Object part = c.expect_ok(c.bucket().get("k", {.range = ByteRange{0, 10}}), "a range of an empty object");
  c.expect_equal(part.data, "", "a range of an empty object");
  const Object tail = c.expect_ok(c.bucket().get("k", {.range = ByteRange::suffix(10)}), "a suffix of an empty object");
  c.expect_equal(tail.data, "", "a suffix of an empty object");
  c.expect_equal(c.expect_ok(c.bucket().list_all(), "list").size(), 1U, "how many objects a list shows");
}

void max_size_refused(const Case& c) {
  const std::string data = pattern(1000);
  c.put("k", data);
  c.expect_error(c.bucket().get("k", {.max_size = 999}), ErrorCode::invalid_argument,
                 "getting 1000 bytes with max_size 999");
  c.expect_equal(c.expect_ok(c.bucket().get("k", {.max_size = 1000}), "getting 1000 bytes with max_size 1000").data,
                 data, "the content");
  const Object part = c.expect_ok(c.bucket().get("k", {.range = ByteRange{990, 10}, .max_size = 10}),
                                  "getting 10 of 1000 bytes with max_size 10");
  c.expect_equal(part.data, data.substr(990), "the range");
}

void below_prefix_isolates(const Case& c) {
  const Bucket inner = c.expect_ok(c.bucket().below("in"), "below");
  const Bucket deeper = c.expect_ok(inner.below("deep"), "below");
  if (c.can().key_and_child) c.put("in", "the prefix itself is another key");
  c.put("inside", "shares its beginning only");
  c.expect_ok(inner.put("k", "1"), "put below a prefix");
  c.expect_ok(deeper.put("k", "2"), "put below two prefixes");
  c.expect_content("in/k", "1");
  c.expect_content("in/deep/k", "2");
  std::vector<std::string> seen;
  for (const ListEntry& entry : c.expect_ok(inner.list_all(), "list below a prefix")) seen.push_back(entry.key);
  c.expect_equal(seen, std::vector<std::string>{"deep/k", "k"}, "the keys below a prefix");
  c.expect_equal(c.expect_ok(inner.get("k"), "get below a prefix").info.key, "k", "the key that get returned");
  c.expect_ok(inner.remove("k"), "remove below a prefix");
  c.expect_ok(c.bucket().remove("in"), "remove");
  c.expect_keys({}, {"in/deep/k", "inside"}, "the keys after a remove below a prefix");
  const Error error = c.expect_error(inner.get("k"), ErrorCode::not_found, "get of a removed object");
  c.expect(error.to_string().find("in/k") != std::string::npos, "the error should name the whole key: " + show(error));
}

}  // namespace

CaseList basic_cases() {
  static constexpr CaseEntry kCases[] = {
      {"put_get_roundtrip", put_get_roundtrip},
      {"put_replaces_whole_object", put_replaces_whole_object},
      {"get_missing", get_missing},
      {"get_missing_bucket", get_missing_bucket},
      {"head_matches_get", head_matches_get},
      {"head_missing", head_missing},
      {"exists_tells", exists_tells},
      {"remove_existing_then_missing", remove_existing_then_missing},
      {"remove_missing_ok", remove_missing_ok},
      {"remove_prefix_does_not_remove_children", remove_prefix_does_not_remove_children},
      {"put_returns_token_equal_to_head", put_returns_token_equal_to_head},
      {"token_changes_on_new_content", token_changes_on_new_content},
      {"empty_object_head_get_range", empty_object_head_get_range},
      {"max_size_refused", max_size_refused},
      {"below_prefix_isolates", below_prefix_isolates},
  };
  return kCases;
}

}  // namespace cloudkit::inline v0::testing
