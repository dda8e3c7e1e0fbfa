#include "aws/s3/endpoint.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::aws;
using namespace cloudkit::aws::s3;

namespace {

Routing at(std::string_view url) {
  Routing routing;
  routing.custom = parse_endpoint(url, false).value();
  return routing;
}

std::string where(Routing routing, Addressing addressing, std::string_view bucket,
                  std::string_view region = "us-west-2") {
  routing.addressing = addressing;
  const auto target = resolve_target(routing, region, bucket);
  return target ? target->scheme + "://" + target->host + target->path : target.error().message;
}

}  // namespace

TEST_CASE("AWS is addressed by host, where the certificate and DNS allow it") {
  const Routing west;
  CHECK(where(west, Addressing::automatic, "reports") == "https://reports.s3.us-west-2.amazonaws.com");
  CHECK(where(west, Addressing::automatic, "") == "https://s3.us-west-2.amazonaws.com");
  CHECK(where(west, Addressing::path, "reports") == "https://s3.us-west-2.amazonaws.com/reports");
  CHECK(where(west, Addressing::automatic, "reports", "cn-north-1") ==
        "https://reports.s3.cn-north-1.amazonaws.com.cn");
}

TEST_CASE("trap 31: a bucket with dots is not put before a TLS host, whose certificate would not fit") {
  const Routing west;
  CHECK(where(west, Addressing::automatic, "my.reports") == "https://s3.us-west-2.amazonaws.com/my.reports");
  CHECK(where(west, Addressing::automatic, "a_b") == "https://s3.us-west-2.amazonaws.com/a_b");
  CHECK(where(west, Addressing::virtual_host, "my.reports") ==
        "the bucket \"my.reports\" cannot stand before the host \"s3.us-west-2.amazonaws.com\"");
}

TEST_CASE("a custom endpoint is addressed by path, unless told otherwise") {
  const Routing custom = at("https://Objects.Example:9000/base/");
  CHECK(custom.custom->custom);
  CHECK(where(custom, Addressing::automatic, "reports") == "https://objects.example:9000/base/reports");
  CHECK(where(custom, Addressing::virtual_host, "reports") == "https://reports.objects.example:9000/base");
  CHECK(where(custom, Addressing::automatic, "") == "https://objects.example:9000/base");
  CHECK(where(at("https://10.0.0.1"), Addressing::virtual_host, "reports") ==
        "the bucket \"reports\" cannot stand before the host \"10.0.0.1\"");
}
