#include "testing/suite.h"

/// What can be changed of an object without its bytes.
namespace cloudkit::inline v0::testing {
namespace {

void expect_tags(const Case& c, std::string_view key, const Tags& expected, std::string_view what) {
  c.expect_equal(c.expect_ok(c.bucket().get_tags(key), "get_tags"), expected, what);
}

void set_metadata_replaces(const Case& c) {
  if (!c.can().set_metadata) {
    c.put("k", "v");
    c.expect_error(c.bucket().set_metadata("k", {.metadata = Metadata{}}), ErrorCode::unsupported, "set_metadata");
    return;
  }
  const std::string bytes = pattern(10'000);
  c.put("k", bytes, dressed());
  const auto expect = [&](const ContentHeaders& content, const Metadata& metadata, const std::string& what) {
    const ObjectInfo info = c.expect_content("k", bytes).info;
    expect_headers_of(c, info, content, what);
    c.expect_equal(info.metadata, metadata, "the metadata " + what);
  };
  const ObjectInfo changed =
      c.expect_ok(c.bucket().set_metadata("k", {.metadata = Metadata{{"B", "2"}}}), "set_metadata");
  c.expect_equal(changed.key, "k", "the key");
  c.expect_equal(changed.size, bytes.size(), "the size");
  c.expect_equal(changed.token, c.expect_ok(c.bucket().head("k"), "head").token, "the token");
  expect(dressed().content, {{"b", "2"}}, "after a change of the metadata");
  c.expect_ok(c.bucket().set_metadata("k", {.content = ContentHeaders{.type = "text/plain"}}), "set_metadata");
  expect({.type = "text/plain"}, {{"b", "2"}}, "after a change of the headers");
  c.expect_ok(c.bucket().set_metadata("k", {.content = ContentHeaders{.type = "a/b"}, .metadata = Metadata{}}),
              "set_metadata");
  expect({.type = "a/b"}, {}, "after a change of both");
  c.expect_error(c.bucket().set_metadata("missing", {.metadata = Metadata{}}), ErrorCode::not_found,
                 "set_metadata of a missing object");
  c.expect_missing("missing");
  c.expect_error(c.bucket().set_metadata("k", {}), ErrorCode::invalid_argument, "set_metadata of nothing");
}

void set_metadata_keeps_the_storage_class(const Case& c) {
  c.needs(c.can().set_metadata, "set_metadata");
  if (c.harness().storage_class.empty()) c.skip("the harness names no storage_class");
  c.put("k", "v", {.storage_class = c.harness().storage_class});
  c.expect_ok(c.bucket().set_metadata("k", {.metadata = Metadata{{"a", "1"}}}), "set_metadata");
  c.expect_equal(c.expect_ok(c.bucket().head("k"), "head").storage_class, c.harness().storage_class,
                 "the storage class after a change of the metadata");
}

void set_metadata_keeps_the_tags(const Case& c) {
  c.needs(c.can().set_metadata && c.can().tags, "set_metadata and tags");
  c.put("k", "v");
  const Tags tags = {{"Case Kept", "Two Words"}};
  c.expect_ok(c.bucket().set_tags("k", tags), "set_tags");
  c.expect_ok(c.bucket().set_metadata("k", {.metadata = Metadata{{"a", "1"}}}), "set_metadata");
  expect_tags(c, "k", tags, "the tags after a change of the metadata");
  c.expect_ok(c.bucket().set_metadata("k", {.content = ContentHeaders{.type = "a/b"}}), "set_metadata");
  expect_tags(c, "k", tags, "the tags after a change of the headers");
}

void set_metadata_condition(const Case& c) {
  c.needs(c.can().set_metadata, "set_metadata");
  const ObjectInfo old = c.put("k", "old", {.metadata = {{"a", "1"}}});
  if (!c.can().set_metadata_if_match) {
    c.expect_error(c.bucket().set_metadata("k", {.condition = Condition::match(old.token), .metadata = Metadata{}}),
                   ErrorCode::unsupported, "set_metadata with a condition");
    return;
  }
  const ObjectInfo now = c.put("k", "new", {.metadata = {{"a", "2"}}});
  c.expect_error(c.bucket().set_metadata("k", {.condition = Condition::match(old.token), .metadata = Metadata{}}),
                 ErrorCode::precondition_failed, "set_metadata with a stale token");
  c.expect_equal(c.expect_content("k", "new").info.metadata, Metadata{{"a", "2"}}, "the metadata after a refusal");
  c.expect_ok(
      c.bucket().set_metadata("k", {.condition = Condition::match(now.token), .metadata = Metadata{{"a", "3"}}}),
      "set_metadata with the current token");
  c.expect_equal(c.expect_content("k", "new").info.metadata, Metadata{{"a", "3"}}, "the metadata");
  c.expect_error(c.bucket().set_metadata("gone", {.condition = Condition::match(now.token), .metadata = Metadata{}}),
                 ErrorCode::precondition_failed, "set_metadata of a missing object, with a token");
}

void tags_roundtrip(const Case& c) {
  c.put("k", "v");
  if (!c.can().tags) {
    c.expect_error(c.bucket().get_tags("k"), ErrorCode::unsupported, "get_tags");
    c.expect_error(c.bucket().set_tags("k", {{"a", "1"}}), ErrorCode::unsupported, "set_tags");
    return;
  }
  expect_tags(c, "k", {}, "the tags of a new object");
  const Tags tags = {{"Case Kept", "Two Words"}, {"case kept", ""}, {"signs", "+ - = . _ : /"}};
  c.expect_ok(c.bucket().set_tags("k", tags), "set_tags");
  expect_tags(c, "k", tags, "the tags");
  c.expect_content("k", "v");
  // Some services have no '@' in tags.
  if (const auto at = c.bucket().set_tags("k", {{"at", "@"}}); at) {
    expect_tags(c, "k", {{"at", "@"}}, "a tag with a sign");
  } else {
    c.expect_error(at, ErrorCode::invalid_argument, "set_tags with a sign that the service refuses");
  }
  c.expect_ok(c.bucket().set_tags("k", {{"other", "1"}}), "set_tags");
  expect_tags(c, "k", {{"other", "1"}}, "the tags after others were set");  // Replaced, not merged.
  c.expect_ok(c.bucket().set_tags("k", {}), "set_tags");
  expect_tags(c, "k", {}, "the tags after all were removed");
  c.expect_error(c.bucket().get_tags("missing"), ErrorCode::not_found, "get_tags of a missing object");
  c.expect_error(c.bucket().set_tags("missing", {{"a", "1"}}), ErrorCode::not_found, "set_tags of a missing object");
}

void tags_of_a_put(const Case& c) {
  const Tags tags = {{"Case Kept", "Two Words"}, {"signs", "+ - = . _ : /"}};
  if (!c.can().tags) {
    c.expect_error(c.bucket().put("k", "v", {.tags = tags}), ErrorCode::unsupported, "put with tags");
    c.expect_missing("k");
    return;
  }
  c.put("k", "v", {.tags = tags});
  expect_tags(c, "k", tags, "the tags of a put");
  c.expect_content("k", "v");
  c.expect_error(c.bucket().put("k", "w", {.tags = {{"", "v"}}}), ErrorCode::invalid_argument, "put with a bad tag");
  expect_tags(c, "k", tags, "the tags after a refusal");
  c.put("k", "w");
  expect_tags(c, "k", {}, "the tags after a put without any");
}

void tags_of_a_put_in_parts(const Case& c) {
  c.needs(c.can().uploads && c.can().tags, "uploads and tags");
  PutOptions options = in_parts();
  options.tags = {{"Case Kept", "Two Words"}};
  const std::string data = pattern(kPart + 1);
  if (const auto put = c.bucket().put("k", data, options); !put) {
    c.expect_error(put, ErrorCode::unsupported, "putting in parts, with tags");
    c.expect_missing("k");
    return;
  }
  expect_tags(c, "k", options.tags, "the tags of a put in parts");
  c.expect_content("k", data);
}

void tags_at_their_limits(const Case& c) {
  c.needs(c.can().tags, "tags");
  c.put("k", "v");
  Tags tags;
  for (int i = 0; i < 10; ++i) tags[std::string(127, 'n') + std::to_string(i)] = std::string(256, 'v');
  c.expect_ok(c.bucket().set_tags("k", tags), "setting ten tags of 128 and 256 characters");
  expect_tags(c, "k", tags, "ten long tags");
  const auto refused = [&](const Tags& bad, const std::string& what) {
    c.expect_error(c.bucket().set_tags("k", bad), ErrorCode::invalid_argument, what);
  };
  Tags eleven = tags;
  eleven["eleventh"] = "";
  refused(eleven, "eleven tags");
  refused({{"", "v"}}, "a tag without a name");
  refused({{std::string(129, 'n'), "v"}}, "a name of 129 characters");
  refused({{"n", std::string(257, 'v')}}, "a value of 257 characters");
  refused({{"n", "\xC3\x28"}}, "a value that is not UTF-8");
  refused({{"n", "line\nend"}}, "a value with a line break");
  expect_tags(c, "k", tags, "the tags after refusals");
}

}  // namespace

CaseList change_cases() {
  static constexpr CaseEntry kCases[] = {
      {"set_metadata_replaces", set_metadata_replaces},
      {"set_metadata_keeps_the_storage_class", set_metadata_keeps_the_storage_class},
      {"set_metadata_keeps_the_tags", set_metadata_keeps_the_tags},
      {"set_metadata_condition", set_metadata_condition},
      {"tags_roundtrip", tags_roundtrip},
      {"tags_of_a_put", tags_of_a_put},
      {"tags_of_a_put_in_parts", tags_of_a_put_in_parts},
      {"tags_at_their_limits", tags_at_their_limits},
  };
  return kCases;
}

}  // namespace cloudkit::inline v0::testing
