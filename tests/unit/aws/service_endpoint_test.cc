#include "aws/service_endpoint.h"

#include "support/test_data.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>

using namespace cloudkit;
using namespace cloudkit::aws;
using nlohmann::json;

namespace {

constexpr EndpointVariant kFips{.fips = true};
constexpr EndpointVariant kDualStack{.dual_stack = true};
constexpr EndpointVariant kBoth{.fips = true, .dual_stack = true};

std::string host(std::string_view prefix, std::string_view region, EndpointVariant variant = {}) {
  const auto host = service_host(prefix, region, variant);
  return host ? *host : host.error().message;
}

}  // namespace

TEST_CASE("a service is at PREFIX.REGION.SUFFIX") {
  CHECK(host("sts", "us-east-1") == "sts.us-east-1.amazonaws.com");
  CHECK(host("sts", "us-east-2", kFips) == "sts-fips.us-east-2.amazonaws.com");
  CHECK(host("portal.sso", "eu-west-1") == "portal.sso.eu-west-1.amazonaws.com");
  CHECK(host("portal.sso", "us-east-2", kDualStack) == "portal.sso.us-east-2.api.aws");
  CHECK(host("portal.sso", "us-east-2", kBoth) == "portal.sso-fips.us-east-2.api.aws");
  CHECK(host("oidc", "cn-north-1") == "oidc.cn-north-1.amazonaws.com.cn");
  CHECK(host("oidc", "eusc-de-east-1", kFips) == "oidc-fips.eusc-de-east-1.amazonaws.eu");
}

TEST_CASE("hosts are those of botocore's tests") {
  int cases = 0;
  for (const char* service : {"ec2", "lambda", "sts"}) {
    const json suite = json::parse(read_test_data(std::string("aws-endpoints/") + service + "-endpoints.json"));
    for (const json& test : suite.at("cases")) {
      const json& params = test.at("params");
      // An endpoint somebody named, no region, and the STS that had no regions are not this function's.
      if (params.contains("Endpoint") || !params.contains("Region") || params.contains("UseGlobalEndpoint")) continue;
      CAPTURE(test.dump());
      const EndpointVariant variant{params.at("UseFIPS"), params.at("UseDualStack")};
      CHECK("https://" + host(service, params.at("Region").get<std::string>(), variant) == test.at("url"));
      ++cases;
    }
  }
  CHECK(cases == 160);
}

TEST_CASE("GovCloud's plain names are FIPS already, where the service says so") {
  for (const char* prefix : {"sts", "portal.sso", "oidc", "ec2"}) {
    CHECK(host(prefix, "us-gov-west-1", kFips) == host(prefix, "us-gov-west-1"));
    CHECK(host(prefix, "us-gov-west-1", kBoth) == std::string(prefix) + "-fips.us-gov-west-1.api.aws");
  }
  CHECK(host("lambda", "us-gov-west-1", kFips) == "lambda-fips.us-gov-west-1.amazonaws.com");
}

TEST_CASE("a global region is a name for a real one") {
  CHECK(host("sts", "aws-global") == "sts.amazonaws.com");
  CHECK(host("sts", "aws-global", kFips) == "sts-fips.us-east-1.amazonaws.com");
  CHECK(host("sts", "aws-cn-global") == "sts.cn-northwest-1.amazonaws.com.cn");
  CHECK(signing_region("aws-global") == "us-east-1");
  CHECK(signing_region("aws-us-gov-global") == "us-gov-west-1");
  CHECK(signing_region("eu-west-1") == "eu-west-1");
}

TEST_CASE("a cloud that lacks a variant is said so, never asked without it") {
  Partition bare = partitions()[0];
  bare.id = "aws-test";
  bare.has_fips = bare.has_dual_stack = false;
  CHECK(check_variant(bare, {}));
  CHECK(check_variant(bare, kFips).error().code == ErrorCode::unsupported);
  CHECK(check_variant(bare, kFips).error().message == "the AWS partition aws-test has no FIPS endpoints");
  CHECK(check_variant(bare, kDualStack).error().message == "the AWS partition aws-test has no dual-stack endpoints");
  CHECK(check_variant(partitions()[0], kBoth));
}

TEST_CASE("a region has letters, digits and hyphens, because it becomes part of a host") {
  CHECK(check_region("us-west-2"));
  CHECK(check_region("auto"));
  for (const std::string bad : {"", "US", "us-east-1.evil.com/", "a b", "a\n", "us_east_1", "-", "us-", "-us"}) {
    CHECK_FALSE_MESSAGE(check_region(bad), bad);
    CHECK(service_host("sts", bad).error().code == ErrorCode::invalid_argument);
  }
  CHECK(check_region(std::string(32, 'a')));
  CHECK(check_region(std::string(33, 'a')).error().code == ErrorCode::invalid_argument);
  CHECK(check_region("US").error().message == "\"US\" cannot be a region");
  CHECK(check_region("US").error().hint == "a region looks like us-west-2");
}
