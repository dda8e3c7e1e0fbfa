#include "http/parse_url.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace cloudkit;

TEST_CASE("a URL becomes a request that asks for it") {
  const auto request = http::parse_url("http://169.254.170.2:8080/v2/a%20b/?id=x%2Fy&flag");
  REQUIRE(request);
  CHECK(request->method == http::Method::get);
  CHECK(request->scheme == "http");
  CHECK(request->host == "169.254.170.2:8080");
  CHECK(request->path == "/v2/a b/");
  CHECK(request->query == http::Query{{"id", "x/y"}, {"flag", ""}});
  CHECK(http::encode_target(*request) == "/v2/a%20b/?id=x%2Fy&flag=");
}

TEST_CASE("scheme and host are written in lower case, a missing path is the root") {
  const auto request = http::parse_url("HTTPS://Example.COM");
  REQUIRE(request);
  CHECK(request->scheme == "https");
  CHECK(request->host == "example.com");
  CHECK(request->path == "/");
  CHECK(http::parse_url("https://example.com?a=1").value().path == "/");
  CHECK(http::parse_url("http://[fd00:ec2::23]/v1").value().host == "[fd00:ec2::23]");
}

TEST_CASE("what is no URL is refused with the reason") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "\"\" does not begin with http:// or https://"},
      {"/credentials", "\"/credentials\" does not begin with http:// or https://"},
      {"file://host/x", "\"file://host/x\" does not begin with http:// or https://"},
      {"http:///x", "\"http:///x\" names no valid host and port"},
      {"http://user@host/", "\"http://...\" names no valid host and port"},
      {"http://a:99999/", "\"http://...\" names no valid host and port"},
      {"http://a b/", "\"http://a b/\" names no valid host and port"},
      {"http://a%2fb/", "\"http://a%2fb/\" names no valid host and port"},
      {"http://host/x#y", "\"http://host/x#y\" has a fragment"},
      {"http://host/%zz", "\"http://host/%zz\" has bad percent encoding"},
      {"http://host/?secret=%z", "\"http://host/\" has bad percent encoding"},
      {"http://host/\r\nX: y", "\"http://...\" has a control character"},
  };
  for (const auto& test : cases) {
    CAPTURE(test.first);
    const auto request = http::parse_url(test.first);
    REQUIRE_FALSE(request);
    CHECK(request.error().code == ErrorCode::invalid_argument);
    CHECK(request.error().message == test.second);
    CHECK(request.error().hint == "a URL is http[s]://HOST[:PORT][/PATH]");
  }
}
