#include "aws/s3/object_headers.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::aws::s3;

namespace {

http::Response reply_with(std::vector<http::Header> headers) {
  http::Response response;
  response.status = 200;
  for (auto& header : headers) response.headers.add(header.name, header.value);
  return response;
}

}  // namespace

TEST_CASE("the five content headers, metadata and storage class go out and come back") {
  const ContentHeaders content{"text/css", "max-age=60", "gzip", "attachment; filename=\"a\"", "en"};
  http::Headers headers;
  add_object_headers(headers, content, {{"owner", "ada"}}, "STANDARD_IA");
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
