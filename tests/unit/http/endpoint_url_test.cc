#include "http/endpoint_url.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>

using namespace cloudkit;
using namespace cloudkit::http;

TEST_CASE("an endpoint loses the port that its scheme has anyway") {
  CHECK(parse_endpoint("https://h.example:443", false)->host == "h.example");
  CHECK(parse_endpoint("http://localhost:80/", false)->host == "localhost");
  CHECK(parse_endpoint("http://localhost:443", false)->host == "localhost:443");
  CHECK(parse_endpoint("http://[::1]:9000", false)->host == "[::1]:9000");
}

TEST_CASE("what is signed as the host is what curl sends") {
  CHECK(parse_endpoint("https://H.Example:09000", false)->host == "h.example:9000");
  CHECK(parse_endpoint("http://[0:0:0:0:0:0:0:1]:9000", false)->host == "[::1]:9000");
  CHECK(parse_endpoint("https://[FD00:EC2::0254]", false)->host == "[fd00:ec2::254]");
  CHECK(parse_endpoint("https://10.0.0.1:9000", false)->host == "10.0.0.1:9000");
  CHECK(parse_endpoint("https://minio.1:9000", false)->host == "minio.1:9000");
}

TEST_CASE("plain http goes to this machine only, unless allowed") {
  for (const char* mine : {"http://localhost:9000", "http://127.0.0.1", "http://127.8.0.1:1", "http://[::1]"}) {
    const auto endpoint = parse_endpoint(mine, false);
    REQUIRE_MESSAGE(endpoint, mine);
    CHECK(endpoint->is_private);
  }
  for (const char* other : {"http://169.254.169.254", "http://10.0.0.1:9000", "http://minio.example",
                            "http://localhost.evil.example", "http://[fe80::1]"}) {
    const auto refused = parse_endpoint(other, false);
    REQUIRE_FALSE_MESSAGE(refused, other);
    CHECK(refused.error().code == ErrorCode::invalid_argument);
    CHECK(refused.error().message.ends_with("would send credentials and data unencrypted to another machine"));
    CHECK(refused.error().hint == "use https; the option allow_http allows it, but no URL can");
    const auto allowed = parse_endpoint(other, true);
    REQUIRE(allowed);
    CHECK_FALSE(allowed->is_private);
  }
}

TEST_CASE("an endpoint that is none is refused") {
  const std::pair<const char*, std::string_view> cases[] = {
      {"", "does not begin with https:// or http://"},
      {"h.example", "does not begin with https:// or http://"},
      {"ftp://h.example", "does not begin with https:// or http://"},
      {"https://", "has no valid host and port"},
      {"https:///base", "has no valid host and port"},
      {"https://h.example:0", "has no valid host and port"},
      {"https://h.example:65536", "has no valid host and port"},
      {"https://h.example:", "has no valid host and port"},
      {"https://h example", "has no valid host and port"},
      {"https://[::1", "has no valid host and port"},
      {"http://127.1", "has no valid host and port"},
      {"http://2130706433", "has no valid host and port"},
      {"https://0X7f.0.0.1", "has no valid host and port"},
      {"https://10.0.0.08", "has no valid host and port"},
      {"https://h.example?x=1", "has something besides host, port and path"},
      {"https://h.example/#f", "has something besides host, port and path"},
      {"https://h.example\r\nHost: x", "has something besides host, port and path"},
      {"https://h.example/%zz", "has a path that cannot be decoded"},
  };
  for (const auto& row : cases) {
    const auto& text = row.first;
    const auto& why = row.second;
    const auto refused = parse_endpoint(text, true);
    REQUIRE_FALSE_MESSAGE(refused, text);
    CHECK_MESSAGE(refused.error().message.ends_with(why), refused.error().message);
  }
}

TEST_CASE("a password in an endpoint is refused and not repeated") {
  const auto refused = parse_endpoint("https://user:cktest-endpoint-secret-1@h.example", false);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().to_string().find("cktest-endpoint-secret-1") == std::string::npos);
}
