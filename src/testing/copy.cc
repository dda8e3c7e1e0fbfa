#include "testing/suite.h"

/// Copies at the service.
namespace cloudkit::inline v0::testing {
namespace {

void copy_bytes_and_metadata(const Case& c) {
  const std::string data = pattern(70'000);
  c.put("from", data, dressed());
  const ObjectInfo info = c.expect_ok(c.bucket().copy("from", "to"), "copy");
  c.expect_equal(info.key, "to", "the key that copy returned");
  const ObjectInfo copied = c.expect_content("to", data).info;
  c.expect_equal(info.token, copied.token, "the token that copy returned, compared with get");
  expect_headers_of(c, copied, dressed().content, "of the copy");
  c.expect_equal(copied.metadata, dressed().metadata, "the metadata of the copy");
  c.expect_content("from", data);
  c.put("from", "changed");
  c.expect_content("to", data);
  c.put("empty", "");
  c.expect_ok(c.bucket().copy("empty", "to"), "copying an empty object over another");
  c.expect_content("to", "");
}

void copy_missing_source(const Case& c) {
  c.put("to", "old");
  const Error error =
      c.expect_error(c.bucket().copy("no such key", "to"), ErrorCode::not_found, "copying a missing object");
  c.expect(error.to_string().find("no such key") != std::string::npos, "the error should name it: " + show(error));
  c.expect_content("to", "old");
}

void copy_onto_itself(const Case& c) {
  c.put("k", "v", dressed());
  // Some services refuse it when nothing would change. None may lose anything.
  const auto plain = c.bucket().copy("k", "k");
  if (!plain) c.expect_error(plain, ErrorCode::invalid_argument, "copying an object onto itself");
  const ObjectInfo kept = c.expect_content("k", "v").info;
  expect_headers_of(c, kept, dressed().content, "after a copy onto itself");
  c.expect_equal(kept.metadata, dressed().metadata, "the metadata after a copy onto itself");
  c.expect_ok(c.bucket().copy("k", "k", {.metadata = Metadata{{"new", "1"}}}), "giving an object other metadata");
  c.expect_equal(c.expect_content("k", "v").info.metadata, Metadata{{"new", "1"}},
                 "the metadata after a copy onto itself");
}

void copy_weird_keys(const Case& c) {
  const std::string from = "from +%2F&?#=;\xC3\xA9 \xF0\x9F\x98\x80";
  c.put(from, "v");
  c.put("from", "bystander");
  c.expect_ok(c.bucket().copy(from, "to +%20&?#=;\xE2\x82\xAC"), "copying a weird key");
  c.expect_content("to +%20&?#=;\xE2\x82\xAC", "v");
  c.expect_keys({}, {"from", from, "to +%20&?#=;\xE2\x82\xAC"}, "the keys after the copy");
}

void copy_into_subkey(const Case& c) {
  c.put("a", "v");
  if (!c.can().key_and_child) {
    c.expect_error(c.bucket().copy("a", "a/b"), {ErrorCode::conflict, ErrorCode::invalid_argument},
                   "copying \"a\" to \"a/b\"");
    c.expect_content("a", "v");
    return;
  }
  c.expect_ok(c.bucket().copy("a", "a/b"), "copying \"a\" to \"a/b\"");
  c.expect_content("a", "v");
  c.expect_content("a/b", "v");
}

void copy_replace_metadata(const Case& c) {
  c.put("from", "v", dressed());
  c.expect_ok(c.bucket().copy("from", "metadata", {.metadata = Metadata{{"New", "1"}}}), "copy with other metadata");
  const ObjectInfo metadata = c.expect_content("metadata", "v").info;
  c.expect_equal(metadata.metadata, Metadata{{"new", "1"}}, "the metadata that replaced the source's");
  expect_headers_of(c, metadata, dressed().content, "not to be replaced");

  c.expect_ok(c.bucket().copy("from", "headers", {.content = ContentHeaders{.type = "text/x-new"}}),
              "copy with other headers");
  const ObjectInfo headers = c.expect_content("headers", "v").info;
  expect_headers_of(c, headers, {.type = "text/x-new"}, "in place of the source's");
  c.expect_equal(headers.metadata, dressed().metadata, "the metadata, which was not to be replaced");

  c.expect_ok(c.bucket().copy("from", "none", {.metadata = Metadata{}}), "copy with no metadata");
  c.expect_equal(c.expect_content("none", "v").info.metadata, Metadata{}, "the metadata of a copy with none");
}

void copy_absent_condition(const Case& c) {
  c.needs(c.can().copy_if_absent, "copy_if_absent");
  c.put("from", "v");
  c.expect_ok(c.bucket().copy("from", "to", {.condition = Condition::absent()}), "copy with absent() to a free key");
  c.expect_content("to", "v");
  c.put("to", "old");
  c.expect_error(c.bucket().copy("from", "to", {.condition = Condition::absent()}), ErrorCode::precondition_failed,
                 "copy with absent() over an object");
  c.expect_content("to", "old");
}

void copy_from_another_prefix(const Case& c) {
  const Bucket left = c.expect_ok(c.bucket().below("left"), "below");
  const Bucket right = c.expect_ok(c.bucket().below("right"), "below");
  c.expect_ok(left.put("k", "v"), "put");
  c.expect_ok(right.copy_from(left, "k", "k2"), "copy_from");
  c.expect_keys({}, {"left/k", "right/k2"}, "the keys after a copy from one prefix to another");
  c.expect_content("right/k2", "v");
}

}  // namespace

CaseList copy_cases() {
  static constexpr CaseEntry kCases[] = {
      {"copy_bytes_and_metadata", copy_bytes_and_metadata},
      {"copy_missing_source", copy_missing_source},
      {"copy_onto_itself", copy_onto_itself},
      {"copy_weird_keys", copy_weird_keys},
      {"copy_into_subkey", copy_into_subkey},
      {"copy_replace_metadata", copy_replace_metadata},
      {"copy_absent_condition", copy_absent_condition},
      {"copy_from_another_prefix", copy_from_another_prefix},
  };
  return kCases;
}

}  // namespace cloudkit::inline v0::testing
