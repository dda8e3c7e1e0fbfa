#include "aws/s3/object_headers.h"
#include "support/test_data.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

using namespace cloudkit;
using namespace cloudkit::aws::s3;

namespace {

Status add(const Metadata& metadata) {
  http::Headers headers;
  return add_object_headers(headers, {}, metadata, {});
}

http::Response reply_with(std::vector<http::Header> headers) {
  http::Response response;
  response.status = 200;
  for (auto& header : headers) response.headers.add(header.name, header.value);
  return response;
}

}  // namespace

TEST_CASE("trap 25: metadata that a header cannot hold is refused before any request") {
  const auto rows = nlohmann::json::parse(read_test_data("hostile/metadata.json"));
  int refused = 0;
  for (const std::string value : rows["values"]) {
    const bool ascii =
        std::all_of(value.begin(), value.end(), [](char c) { return c == '\t' || (c >= 32 && c < 127); });
    const bool trimmed = value.empty() || (value.front() != ' ' && value.back() != ' ');
    const bool holds = ascii && trimmed && value.size() < 2048;
    const auto status = add({{"n", value}});
    CHECK_MESSAGE(status.has_value() == holds, value);
    if (!status) {
      CHECK(status.error().code == ErrorCode::invalid_argument);
      ++refused;
    }
  }
  for (const std::string name : rows["names"]) {
    const bool token = !name.empty() && name.find_first_of(" :\r\n\xC3") == std::string::npos;
    const auto status = add({{name, "v"}});
    CHECK_MESSAGE(status.has_value() == token, name);
    if (!status) ++refused;
  }
  CHECK(refused >= 10);
}

TEST_CASE("trap 25: metadata names lose their case, and at most 2 KiB are sent") {
  http::Headers headers;
  REQUIRE(add_object_headers(headers, {}, {{"Owner", "ada"}, {"empty", ""}}, {}));
  CHECK(headers.get("x-amz-meta-owner") == "ada");
  CHECK(headers.contains("x-amz-meta-empty"));
  CHECK(add({{"Owner", "a"}, {"owner", "b"}}).error().message == "the metadata \"owner\" is given twice");
  CHECK(add({{"n", std::string(2047, 'x')}}));
  CHECK(add({{"n", std::string(2048, 'x')}}).error().message == "the metadata has 2049 bytes, more than 2048");
}

TEST_CASE("a content header cannot smuggle another header") {
  http::Headers headers;
  const auto status = add_object_headers(headers, {.type = "text/plain\r\nx-amz-acl: public-read"}, {}, {});
  CHECK(status.error().message == "the value of content-type is not printable ASCII");
  CHECK_FALSE(add_object_headers(headers, {}, {}, "GLACIER\n"));
}

TEST_CASE("the five content headers, metadata and storage class go out and come back") {
  const ContentHeaders content{"text/css", "max-age=60", "gzip", "attachment; filename=\"a\"", "en"};
  http::Headers headers;
  REQUIRE(add_object_headers(headers, content, {{"owner", "ada"}}, "STANDARD_IA"));
  headers.add("ETag", "\"abc\"");
  headers.add("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT");
  headers.add("x-amz-version-id", "v1");
  http::Response response;
  response.headers = headers;
  const auto info = read_object_headers("k", response).value();
  CHECK(info.key == "k");
  CHECK(info.content.type == "text/css");
  CHECK(info.content.cache_control == "max-age=60");
  CHECK(info.content.encoding == "gzip");
  CHECK(info.content.disposition == "attachment; filename=\"a\"");
  CHECK(info.content.language == "en");
  CHECK(info.metadata == Metadata{{"owner", "ada"}});
  CHECK(info.storage_class == "STANDARD_IA");
  CHECK(info.version_id == "v1");
  CHECK(info.token == "abc");
  CHECK(info.modified == TimePoint(std::chrono::seconds(784111777)));
}

TEST_CASE("trap 12: an ETag loses its quotes and gets them back, and is never taken for an MD5") {
  CHECK(token_of_etag("\"abc-3\"") == "abc-3");
  CHECK(token_of_etag("abc") == "abc");
  CHECK(token_of_etag("\"") == "\"");
  CHECK(etag_of_token("abc-3", Quotes::with).value() == "\"abc-3\"");
  CHECK(etag_of_token("abc-3", Quotes::without).value() == "abc-3");
  const auto info = read_object_headers("k", reply_with({{"ETag", "\"not-hex\""}})).value();
  CHECK(info.etag == "not-hex");
}

TEST_CASE("a token that no ETag can be is refused: \"*\" would match every object") {
  for (const char* bad : {"", "*", "a\"b", "a\r\nb", "\xC3\xBC"}) {
    const auto etag = etag_of_token(bad, Quotes::without);
    REQUIRE_FALSE(etag);
    CHECK(etag.error().code == ErrorCode::invalid_argument);
    CHECK(etag.error().hint == "conditions take ObjectInfo::token as it is");
  }
}

TEST_CASE("a reply about an object without an ETag, or with a date that is none, is not understood") {
  CHECK(read_object_headers("k", reply_with({})).error().message == "the reply has no ETag");
  CHECK(read_object_headers("k", reply_with({{"ETag", "\"\""}})).error().message == "the reply has no ETag");
  CHECK(read_object_headers("k", reply_with({{"ETag", "\"a\""}, {"Last-Modified", "31/12/99"}})).error().message ==
        "Last-Modified is \"31/12/99\"");
}
