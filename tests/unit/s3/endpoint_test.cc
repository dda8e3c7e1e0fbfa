#include "aws/s3/endpoint.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::aws;
using namespace cloudkit::aws::s3;

namespace {

std::string where(const Endpoint& endpoint, Addressing addressing, std::string_view bucket) {
  const auto target = resolve_target(endpoint, addressing, bucket);
  return target ? target->scheme + "://" + target->host + target->path : target.error().message;
}

}  // namespace

TEST_CASE("AWS is addressed by host, where the certificate and DNS allow it") {
  const Endpoint west = amazon_endpoint("us-west-2");
  CHECK(where(west, Addressing::automatic, "reports") == "https://reports.s3.us-west-2.amazonaws.com");
  CHECK(where(west, Addressing::automatic, "") == "https://s3.us-west-2.amazonaws.com");
  CHECK(where(west, Addressing::path, "reports") == "https://s3.us-west-2.amazonaws.com/reports");
  CHECK(where(amazon_endpoint("cn-north-1"), Addressing::automatic, "reports") ==
        "https://reports.s3.cn-north-1.amazonaws.com.cn");
}

TEST_CASE("trap 31: a bucket with dots is not put before a TLS host, whose certificate would not fit") {
  const Endpoint west = amazon_endpoint("us-west-2");
  CHECK(where(west, Addressing::automatic, "my.reports") == "https://s3.us-west-2.amazonaws.com/my.reports");
  CHECK(where(west, Addressing::automatic, "a_b") == "https://s3.us-west-2.amazonaws.com/a_b");
  CHECK(where(west, Addressing::virtual_host, "my.reports") ==
        "the bucket \"my.reports\" cannot stand before the host \"s3.us-west-2.amazonaws.com\"");
}

TEST_CASE("a custom endpoint is addressed by path, unless told otherwise") {
  const Endpoint custom = parse_endpoint("https://Objects.Example:9000/base/", false).value();
  CHECK(custom.custom);
  CHECK(where(custom, Addressing::automatic, "reports") == "https://objects.example:9000/base/reports");
  CHECK(where(custom, Addressing::virtual_host, "reports") == "https://reports.objects.example:9000/base");
  CHECK(where(custom, Addressing::automatic, "") == "https://objects.example:9000/base");
  const Endpoint ip = parse_endpoint("https://10.0.0.1", false).value();
  CHECK(where(ip, Addressing::virtual_host, "reports") ==
        "the bucket \"reports\" cannot stand before the host \"10.0.0.1\"");
}

TEST_CASE("an endpoint loses the port that its scheme has anyway") {
  CHECK(parse_endpoint("https://h.example:443", false)->host == "h.example");
  CHECK(parse_endpoint("http://localhost:80/", false)->host == "localhost");
  CHECK(parse_endpoint("http://localhost:443", false)->host == "localhost:443");
  CHECK(parse_endpoint("http://[::1]:9000", false)->host == "[::1]:9000");
}

TEST_CASE("plain http goes to this machine only, unless allowed") {
  for (const char* mine : {"http://localhost:9000", "http://127.0.0.1", "http://127.8.0.1:1", "http://[::1]"}) {
    const auto endpoint = parse_endpoint(mine, false);
    REQUIRE_MESSAGE(endpoint, mine);
    CHECK(endpoint->is_private);
  }
  for (const char* other : {"http://169.254.169.254", "http://10.0.0.1:9000", "http://minio.example",
                            "http://localhost.evil.example", "http://127.1", "http://2130706433", "http://[fe80::1]"}) {
    const auto refused = parse_endpoint(other, false);
    REQUIRE_FALSE_MESSAGE(refused, other);
    CHECK(refused.error().code == ErrorCode::invalid_argument);
    CHECK(refused.error().message.ends_with("would send credentials and data unencrypted to another machine"));
    CHECK(refused.error().hint == "use https, or say S3Options::allow_http; a URL cannot say it");
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
  CHECK(refused.error().to_string().find("cktest-") == std::string::npos);
}

TEST_CASE("a region has letters, digits and hyphens, because it becomes part of a host") {
  CHECK(check_region("us-west-2"));
  CHECK(check_region("auto"));
  for (const std::string bad : {"", "US", "us-east-1.evil.com/", "a b", "a\n", "us_east_1"}) {
    CHECK_FALSE_MESSAGE(check_region(bad), bad);
  }
  CHECK(check_region(std::string(32, 'a')));
  CHECK(check_region(std::string(33, 'a')).error().code == ErrorCode::invalid_argument);
  CHECK(check_region("US").error().message == "\"US\" cannot be a region");
}

TEST_CASE("hosts of AWS are known by their end") {
  CHECK(amazon_endpoint("us-east-1").is_amazon());
  CHECK(amazon_endpoint("cn-north-1").is_amazon());
  CHECK(parse_endpoint("https://b.vpce-1.s3.eu-west-1.vpce.amazonaws.com:443", false)->is_amazon());
  CHECK_FALSE(parse_endpoint("https://amazonaws.com.evil.example", false)->is_amazon());
  CHECK_FALSE(parse_endpoint("https://evilamazonaws.com", false)->is_amazon());
}
