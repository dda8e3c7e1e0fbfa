#include "testing/suite.h"

#include <thread>

/// URLs that let their holder, a plain HTTP client, make one kind of request.
namespace cloudkit::inline v0::testing {

void needs_fetch(const Case& c) {
  c.needs(c.can().presign, "presign");
  if (!c.harness().http_fetch) c.skip("the harness has no http_fetch");
}

FetchReply fetch(const Case& c, const std::string& method, const std::string& url, const FetchHeaders& headers,
                 const std::string& body) {
  return c.expect_ok(c.harness().http_fetch(method, url, headers, body), method + " of a presigned URL");
}

void expect_success(const Case& c, const FetchReply& reply, const std::string& what) {
  c.expect(reply.status >= 200 && reply.status < 300,
           what + ": expected success, got status " + std::to_string(reply.status) + " and " + show(reply.body));
}

namespace {

std::string url_of(const Case& c, std::string_view key, const PresignOptions& options = {}) {
  return c.expect_ok(c.bucket().presign(key, options), "presigning " + show(key));
}

std::string header_of(const FetchReply& reply, std::string_view name) {
  for (const auto& header : reply.headers) {
    if (header.first == name) return header.second;
  }
  return "none";
}

void expect_refusal(const Case& c, const FetchReply& reply, const std::string& what) {
  c.expect(reply.status >= 400 && reply.status < 500,
           what + ": expected a refusal, got status " + std::to_string(reply.status) + " and " + show(reply.body));
}

void presign_without_capability(const Case& c) {
  if (c.can().presign) c.skip("the backend can presign");
  c.expect_error(c.bucket().presign("k"), ErrorCode::unsupported, "presign");
}

void presign_bad_arguments(const Case& c) {
  c.needs(c.can().presign, "presign");
  const auto refused = [&](std::string_view key, std::chrono::seconds expires, std::string_view what) {
    c.expect_error(c.bucket().presign(key, {.expires = expires}), ErrorCode::invalid_argument, what);
  };
  refused("k", std::chrono::seconds(0), "presign for no time");
  refused("k", std::chrono::seconds(-1), "presign for less than no time");
  refused("k", std::chrono::hours(24 * 7) + std::chrono::seconds(1), "presign for more than seven days");
  refused("", std::chrono::seconds(60), "presign of an empty key");
  c.expect_ok(c.bucket().presign("k", {.expires = std::chrono::hours(24 * 7)}), "presign for seven days");
  const ContentHeaders response = {.disposition = "attachment"};
  for (const PresignMethod method : {PresignMethod::put, PresignMethod::remove}) {
    c.expect_error(c.bucket().presign("k", {.method = method, .response = response}), ErrorCode::invalid_argument,
                   "presign of a change with headers of its reply");
  }
  c.expect_error(c.bucket().presign("k", {.response = {.disposition = "inline\r\nx: y"}}), ErrorCode::invalid_argument,
                 "presign with a line break in a header of the reply");
  c.expect_error(c.bucket().presign("k", {.method = PresignMethod::put, .version_id = "v"}),
                 ErrorCode::invalid_argument, "presign of a put of a version");
}

void presign_get(const Case& c) {
  needs_fetch(c);
  c.put("k", pattern(5000));
  const FetchReply reply = fetch(c, "GET", url_of(c, "k"));
  expect_success(c, reply, "GET of a presigned URL");
  c.expect(reply.body == pattern(5000), "what the URL gave: " + show_difference(reply.body, pattern(5000)));
  const FetchReply head = fetch(c, "HEAD", url_of(c, "k", {.method = PresignMethod::head}));
  expect_success(c, head, "HEAD of a presigned URL");
}

void presign_put(const Case& c) {
  needs_fetch(c);
  const std::string url = url_of(c, "k", {.method = PresignMethod::put});
  expect_success(c, fetch(c, "PUT", url, {}, "uploaded"), "PUT to a presigned URL");
  c.expect_content("k", "uploaded");
}

void presign_remove(const Case& c) {
  needs_fetch(c);
  c.put("k", "v");
  const std::string url = url_of(c, "k", {.method = PresignMethod::remove});
  expect_success(c, fetch(c, "DELETE", url), "DELETE of a presigned URL");
  c.expect_missing("k");
}

void presign_expires(const Case& c) {
  needs_fetch(c);
  c.put("k", "v");
  const std::string url = url_of(c, "k", {.expires = std::chrono::seconds(1)});
  std::this_thread::sleep_for(std::chrono::seconds(3));
  expect_refusal(c, fetch(c, "GET", url), "GET of a URL that expired two seconds ago");
}

void presign_wrong_method_refused(const Case& c) {
  needs_fetch(c);
  c.put("k", "old");
  expect_refusal(c, fetch(c, "PUT", url_of(c, "k"), {}, "new"), "PUT to a URL presigned for GET");
  expect_refusal(c, fetch(c, "DELETE", url_of(c, "k")), "DELETE of a URL presigned for GET");
  expect_refusal(c, fetch(c, "GET", url_of(c, "k", {.method = PresignMethod::put})), "GET of a URL presigned for PUT");
  c.expect_content("k", "old");
}

void presign_other_key_refused(const Case& c) {
  needs_fetch(c);
  c.put("key-one", "1");
  c.put("key-two", "2");
  std::string url = url_of(c, "key-one");
  const std::size_t at = url.find("key-one");
  c.expect(at != std::string::npos, "the URL should show the key");
  url.replace(at, 7, "key-two");
  expect_refusal(c, fetch(c, "GET", url), "GET of another key with the signature of one");
}

void presign_signed_content_type_enforced(const Case& c) {
  needs_fetch(c);
  const PresignOptions options = {.method = PresignMethod::put, .content_type = "text/x-signed"};
  const auto presigned = c.bucket().presign("k", options);
  if (!presigned && presigned.error().code == ErrorCode::unsupported) return;  // Refused, not ignored.
  const std::string url = c.expect_ok(presigned, "presign with a content type");
  expect_refusal(c, fetch(c, "PUT", url, {{"Content-Type", "text/x-other"}}, "v"), "PUT with another content type");
  expect_refusal(c, fetch(c, "PUT", url, {}, "v"), "PUT without a content type");
  c.expect_missing("k");
  expect_success(c, fetch(c, "PUT", url, {{"Content-Type", "text/x-signed"}}, "v"), "PUT with the signed content type");
  c.expect_equal(c.expect_content("k", "v").info.content.type, "text/x-signed", "the content type");
}

void presign_response_headers(const Case& c) {
  needs_fetch(c);
  const std::string name = "attachment; filename=\"a b+%2F;c.pdf\"; filename*=UTF-8''%E2%82%AC.pdf";
  c.put("plain", "bytes");
  const FetchReply reply = fetch(c, "GET", url_of(c, "plain", {.response = {.disposition = name}}));
  expect_success(c, reply, "GET of a URL that says what its reply is to say");
  c.expect_equal(header_of(reply, "content-disposition"), name, "the disposition");
  c.expect_equal(reply.body, "bytes", "the content");

  c.put("k", "bytes", {.content = {.type = "text/x-own", .cache_control = "no-cache", .disposition = "inline"}});
  const ContentHeaders all = {.type = "text/x-other",
                              .cache_control = "private, max-age=60",
                              .encoding = "x-coded",
                              .disposition = name,
                              .language = "de"};
  const auto url = c.bucket().presign("k", {.response = all});
  if (!url && url.error().code == ErrorCode::unsupported) return;  // Refused, not ignored.
  const FetchReply other = fetch(c, "GET", c.expect_ok(url, "presign with headers of the reply"));
  expect_success(c, other, "GET with all headers of the reply");
  c.expect_equal(header_of(other, "content-type"), all.type, "the type");
  c.expect_equal(header_of(other, "cache-control"), all.cache_control, "the cache control");
  c.expect_equal(header_of(other, "content-encoding"), all.encoding, "the encoding");
  c.expect_equal(header_of(other, "content-disposition"), all.disposition, "the disposition");
  c.expect_equal(header_of(other, "content-language"), all.language, "the language");
  c.expect_equal(c.expect_content("k", "bytes").info.content.type, "text/x-own", "the type of the object");
}

void presign_weird_keys(const Case& c) {
  needs_fetch(c);
  for (const std::string key :
       {"with space+plus", "with%2F&=?#;:@", "d//e", "d/../e", "\xE2\x82\xAC \xF0\x9F\x98\x80"}) {
    if (!c.can().key_slashes && key.find("//") != std::string::npos) continue;
    if (!c.can().key_dot_segments && key.find("..") != std::string::npos) continue;
    expect_success(c, fetch(c, "PUT", url_of(c, key, {.method = PresignMethod::put}), {}, key), "PUT of " + show(key));
    c.expect_content(key, key);
    c.expect_equal(fetch(c, "GET", url_of(c, key)).body, key, "what GET of " + show(key) + " gave");
  }
}

}  // namespace

CaseList presign_cases() {
  static constexpr CaseEntry kCases[] = {
      {"presign_without_capability", presign_without_capability},
      {"presign_bad_arguments", presign_bad_arguments},
      {"presign_get", presign_get},
      {"presign_put", presign_put},
      {"presign_remove", presign_remove},
      {"presign_expires", presign_expires},
      {"presign_wrong_method_refused", presign_wrong_method_refused},
      {"presign_other_key_refused", presign_other_key_refused},
      {"presign_signed_content_type_enforced", presign_signed_content_type_enforced},
      {"presign_response_headers", presign_response_headers},
      {"presign_weird_keys", presign_weird_keys},
  };
  return kCases;
}

}  // namespace cloudkit::inline v0::testing
