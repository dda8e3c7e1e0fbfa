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

std::string_view refusal_of(const std::string& theirs) {
  if (theirs == "Invalid Configuration: Missing Region") return "no region is configured";
  if (theirs == "Invalid Configuration: FIPS and custom endpoint are not supported") {
    return "a custom endpoint has no FIPS variant";
  }
  if (theirs == "Invalid Configuration: Dualstack and custom endpoint are not supported") {
    return "a custom endpoint has no dual-stack variant";
  }
  return "(unknown)";
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

TEST_CASE("services are where botocore's tests say, and what they refuse is refused") {
  int cases = 0;
  for (const char* service : {"ec2", "lambda", "sts"}) {
    const json suite = json::parse(read_test_data(std::string("aws-endpoints/") + service + "-endpoints.json"));
    for (const json& test : suite.at("cases")) {
      CAPTURE(test.dump());
      const json& params = test.at("params");
      const std::string region = params.value("Region", "");
      const std::string custom = params.value("Endpoint", "");
      ServiceQuery query{
          service, region, {params.value("UseFIPS", false), params.value("UseDualStack", false)}, custom};
      query.legacy_global = params.value("UseGlobalEndpoint", false);
      const auto found = resolve_service(query);
      if (test.contains("error")) {
        REQUIRE_FALSE(found);
        CHECK(found.error().code == ErrorCode::invalid_argument);
        CHECK(found.error().message == refusal_of(test.at("error")));
      } else {
        REQUIRE_MESSAGE(found, found.error().message);
        CHECK(found->endpoint.scheme + "://" + found->endpoint.host + found->endpoint.base_path == test.at("url"));
        const bool says = test.contains("auth");
        CHECK(found->signing_region == (says ? test.at("auth").at(0).at("signingRegion").get<std::string>() : region));
      }
      ++cases;
    }
  }
  CHECK(cases == 54 + 71 + 69);
}

TEST_CASE("a custom endpoint is taken as it is, but not in the clear to another machine") {
  const auto found = resolve_service({"sts", "eu-west-1", {}, "http://127.0.0.1:5000/base/"});
  REQUIRE(found);
  CHECK(found->endpoint.scheme == "http");
  CHECK(found->endpoint.host == "127.0.0.1:5000");
  CHECK(found->endpoint.base_path == "/base");
  CHECK(found->signing_region == "eu-west-1");
  const auto refused = resolve_service({"sts", "eu-west-1", {}, "http://sts.example"});
  CHECK(refused.error().message.ends_with("would send credentials and data unencrypted to another machine"));
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
  CHECK(check_region("").error().message == "no region is configured");
  CHECK(check_region("").error().hint == "set it: an option, AWS_REGION or the profile");
}

TEST_CASE("IAM has one place in each partition, and lies where botocore's rules say") {
  int refused = 0;
  const json suite = json::parse(read_test_data("aws-endpoints/iam-endpoints.json"));
  for (const json& test : suite.at("cases")) {
    CAPTURE(test.dump());
    const json& params = test.at("params");
    const std::string region = params.at("Region");
    ServiceQuery query{"iam", region, {params.at("UseFIPS"), params.at("UseDualStack")}};
    query.global = true;
    const auto found = resolve_service(query);
    if (!found) {
      // Variants of small partitions follow no rule; some of botocore's names there have no host.
      CHECK(found.error().code == ErrorCode::unsupported);
      CHECK(query.variant != EndpointVariant{});
      ++refused;
      continue;
    }
    CHECK("https://" + found->endpoint.host == test.at("url"));
    CHECK(found->signing_region == test.at("signingRegion"));
  }
  CHECK(refused == 7 * 3);
  ServiceQuery query{"iam", "eu-west-1", {}, "http://127.0.0.1:5000"};
  query.global = true;
  CHECK(resolve_service(query)->signing_region == "us-east-1");
}

TEST_CASE("the FIPS hosts of SageMaker have their word inside") {
  CHECK(host("runtime.sagemaker", "us-east-1", kFips) == "runtime-fips.sagemaker.us-east-1.amazonaws.com");
  CHECK(host("api.sagemaker", "us-east-1", kBoth) == "api.sagemaker-fips.us-east-1.api.aws");
}
