#include "testing/suite.h"

/// What is kept of an object besides its bytes.
namespace cloudkit::inline v0::testing {
namespace {

// By head and by get alike.
void expect_headers(const Case& c, std::string_view key, const ContentHeaders& expected) {
  expect_headers_of(c, c.expect_ok(c.bucket().head(key), "head"), expected, "of " + show(key) + " by head");
  expect_headers_of(c, c.expect_ok(c.bucket().get(key), "get").info, expected, "of " + show(key) + " by get");
}

void expect_metadata(const Case& c, std::string_view key, const Metadata& expected) {
  c.expect_equal(c.expect_ok(c.bucket().head(key), "head").metadata, expected, "the metadata by head");
  c.expect_equal(c.expect_ok(c.bucket().get(key), "get").info.metadata, expected, "the metadata by get");
}

void content_type_given_or_default(const Case& c) {
  c.put("given", "v", {.content = {.type = "application/x-conformance; v=1"}});
  expect_headers(c, "given", {.type = "application/x-conformance; v=1"});
  c.put("no-ending", "v");
  expect_headers(c, "no-ending", {.type = "application/octet-stream"});
  c.put("page.html", "v", {.content = {.type = "text/x-other"}});
  expect_headers(c, "page.html", {.type = "text/x-other"});
  c.put("data.json", "v");
  expect_headers(c, "data.json", {.type = "application/json"});
  c.put("looks-like-html", "<!doctype html>");  // Never guessed from bytes.
  expect_headers(c, "looks-like-html", {.type = "application/octet-stream"});
}

void five_headers_roundtrip(const Case& c) {
  const ContentHeaders headers = {.type = "text/html; charset=utf-8",
                                  .cache_control = "public, max-age=60",
                                  .encoding = "br",
                                  .disposition = "attachment; filename=\"a b.html\"",
                                  .language = "de, en"};
  c.put("k", "v", {.content = headers});
  expect_headers(c, "k", headers);
  c.put("k", "v", {.content = {.type = "text/plain"}});
  expect_headers(c, "k", {.type = "text/plain"});  // Replaced, not merged.
}

void metadata_roundtrip(const Case& c) {
  Metadata metadata = {
      {"owner", "ada"}, {"words", "two words"}, {"number", "42"}, {"punctuation", "a=b; c=\"d\", %20 + ~ \\ /"}};
  if (c.can().metadata_any_token) metadata.emplace("with-dash", "dashed");
  c.put("k", "v", {.metadata = metadata});
  expect_metadata(c, "k", metadata);
  c.put("plain", "v");
  expect_metadata(c, "plain", {});
}

// libcurl's "Name:" takes a header away: https://curl.se/libcurl/c/CURLOPT_HTTPHEADER.html
void metadata_values_may_be_empty(const Case& c) {
  const Metadata metadata = {{"empty", ""}, {"owner", "ada"}};
  c.put("k", "v", {.metadata = metadata});
  expect_metadata(c, "k", metadata);
}

void metadata_names_are_folded(const Case& c) {
  c.put("k", "v", {.metadata = {{"CamelCase", "Value As Given"}}});
  expect_metadata(c, "k", {{"camelcase", "Value As Given"}});
  if (!c.can().metadata_any_token) return;
  c.put("k", "v", {.metadata = {{"Camel-Case", "Value As Given"}}});
  expect_metadata(c, "k", {{"camel-case", "Value As Given"}});
}

void metadata_names_keep_underscores(const Case& c) {
  if (!c.can().metadata_any_token) {
    for (const char* const name : {"under-score", "1st", "a.b"}) {
      c.expect_error(c.bucket().put("k", "v", {.metadata = {{name, "1"}}}), ErrorCode::invalid_argument,
                     std::string("metadata with the name ") + name);
    }
    c.expect_missing("k");
    return;
  }
  // CGI made '_' of '-', and servers of its kind cannot tell them apart.
  c.put("k", "v", {.metadata = {{"under_score", "1"}, {"under-score", "2"}}});
  expect_metadata(c, "k", {{"under_score", "1"}, {"under-score", "2"}});
}

void metadata_is_replaced_by_put(const Case& c) {
  c.put("k", "1", {.metadata = {{"a", "1"}, {"b", "1"}}});
  c.put("k", "2", {.metadata = {{"b", "2"}}});
  expect_metadata(c, "k", {{"b", "2"}});
  c.put("k", "3");
  expect_metadata(c, "k", {});
}

void metadata_of_nearly_2_kib(const Case& c) {
  const Metadata metadata = {{"large", std::string(2000, 'v')}};
  c.put("k", "v", {.metadata = metadata});
  expect_metadata(c, "k", metadata);
}

void gzip_encoding_bytes_untouched(const Case& c) {
  // "hello\n" by gzip: a client that decodes what it is told is encoded returns six bytes.
  const std::string zipped(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\xe7\x02\x00\x20\x30\x3a\x36\x06\x00\x00\x00", 26);
  c.put("zipped", zipped, {.content = {.type = "text/plain", .encoding = "gzip"}});
  c.expect_content("zipped", zipped);
  const Object part = c.expect_ok(c.bucket().get("zipped", {.range = ByteRange{0, 3}}), "a range");
  c.expect_equal(part.data, zipped.substr(0, 3), "the first bytes");
  expect_headers(c, "zipped", {.type = "text/plain", .encoding = "gzip"});
  // Says gzip and is not: not the library's business.
  c.put("mislabelled", "plain text", {.content = {.type = "text/plain", .encoding = "gzip"}});
  c.expect_content("mislabelled", "plain text");
}

void storage_class_kept_or_refused(const Case& c) {
  if (!c.can().storage_class) {
    c.expect_error(c.bucket().put("k", "v", {.storage_class = "ARCHIVE"}), ErrorCode::unsupported,
                   "put with a storage class");
    c.put("from", "v");
    c.expect_error(c.bucket().copy("from", "k", {.storage_class = "ARCHIVE"}), ErrorCode::unsupported,
                   "copy to a storage class");
    c.expect_missing("k");
    return;
  }
  if (c.harness().storage_class.empty()) c.skip("the harness names no storage_class");
  c.put("k", "v", {.storage_class = c.harness().storage_class});
  c.expect_equal(c.expect_ok(c.bucket().head("k"), "head").storage_class, c.harness().storage_class,
                 "the storage class by head");
  c.expect_equal(c.expect_ok(c.bucket().list_all(), "list").at(0).storage_class, c.harness().storage_class,
                 "the storage class in a list");
  c.put("usual", "v");
  c.expect_ok(c.bucket().copy("usual", "copy", {.storage_class = c.harness().storage_class}),
              "copy to a storage class");
  c.expect_equal(c.expect_ok(c.bucket().head("copy"), "head").storage_class, c.harness().storage_class,
                 "the storage class of the copy");
}

}  // namespace

PutOptions dressed(PutOptions options) {
  options.content = {.type = "text/x-dressed",
                     .cache_control = "no-store",
                     .encoding = "br",
                     .disposition = "attachment; filename=\"a b.txt\"",
                     .language = "de, en"};
  options.metadata = {{"owner", "ada"}, {"rank", "1"}};
  return options;
}

void expect_headers_of(const Case& c, const ObjectInfo& info, const ContentHeaders& expected, const std::string& what) {
  c.expect_equal(info.content.type, expected.type, "the content type " + what);
  c.expect_equal(info.content.cache_control, expected.cache_control, "the cache control " + what);
  c.expect_equal(info.content.encoding, expected.encoding, "the content encoding " + what);
  c.expect_equal(info.content.disposition, expected.disposition, "the content disposition " + what);
  c.expect_equal(info.content.language, expected.language, "the content language " + what);
}

CaseList attribute_cases() {
  static constexpr CaseEntry kCases[] = {
      {"content_type_given_or_default", content_type_given_or_default},
      {"five_headers_roundtrip", five_headers_roundtrip},
      {"metadata_roundtrip", metadata_roundtrip},
      {"metadata_values_may_be_empty", metadata_values_may_be_empty},
      {"metadata_names_are_folded", metadata_names_are_folded},
      {"metadata_names_keep_underscores", metadata_names_keep_underscores},
      {"metadata_is_replaced_by_put", metadata_is_replaced_by_put},
      {"metadata_of_nearly_2_kib", metadata_of_nearly_2_kib},
      {"gzip_encoding_bytes_untouched", gzip_encoding_bytes_untouched},
      {"storage_class_kept_or_refused", storage_class_kept_or_refused},
  };
  return kCases;
}

}  // namespace cloudkit::inline v0::testing
