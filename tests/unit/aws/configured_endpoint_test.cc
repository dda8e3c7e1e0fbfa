#include "aws/configured_endpoint.h"

#include "environment.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::aws;

namespace {

struct EndpointFixture : ProfileEnvironment {
  template <class Ask>
  auto ask(const Ask& ask) {
    const Environment environment = view();
    const auto loaded = load_profile_files(environment).value();
    const auto profile = choose_profile({}, environment, loaded).value();
    return ask(environment, profile, loaded);
  }
  Result<Setting> endpoint(std::string_view service) {
    return ask([&](const auto&... all) { return configured_endpoint(service, all...); });
  }
  Result<ServiceEndpoint> find(const Service& service, std::string_view region) {
    return ask([&](const auto&... all) { return find_service(service, region, all...); });
  }
  std::string host(const Service& service, std::string_view region) {
    const auto found = find(service, region);
    return found ? found->endpoint.host : found.error().message;
  }
};

}  // namespace

TEST_CASE("a service's own endpoint goes before that of all, and variables before the profile") {
  EndpointFixture f;
  f.config(
      "[default]\nservices = mine\nendpoint_url = https://all.example\n"
      "[services mine]\nsso_oidc =\n  endpoint_url = https://oidc.example\n");
  CHECK(f.endpoint("sts")->value == "https://all.example");
  CHECK(f.endpoint("sts")->source == "profile \"default\"");
  CHECK(f.endpoint("sso-oidc")->value == "https://oidc.example");
  CHECK(f.endpoint("sso-oidc")->source == "services section \"mine\"");
  CHECK(f.endpoint("SSO OIDC")->value == "https://oidc.example");
  f.variables["AWS_ENDPOINT_URL"] = "https://all-variable.example";
  CHECK(f.endpoint("sso-oidc")->source == "AWS_ENDPOINT_URL");
  f.variables["AWS_ENDPOINT_URL_SSO_OIDC"] = "https://oidc-variable.example";
  CHECK(f.endpoint("sso-oidc")->value == "https://oidc-variable.example");
  CHECK(f.endpoint("sso-oidc")->source == "AWS_ENDPOINT_URL_SSO_OIDC");
  CHECK(f.endpoint("sso")->source == "AWS_ENDPOINT_URL");
}

TEST_CASE("configured endpoints can be ignored, by a variable or by the profile") {
  EndpointFixture f;
  f.variables["AWS_ENDPOINT_URL"] = "https://all.example";
  f.config("[default]\nignore_configured_endpoint_urls = true\n");
  CHECK(f.endpoint("sts")->value.empty());
  f.variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "false";
  CHECK(f.endpoint("sts")->value == "https://all.example");
  f.variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "TRUE";
  f.config("[default]\n");
  CHECK(f.endpoint("sts")->value.empty());
}

TEST_CASE("a services section that does not exist is an error, not silence") {
  EndpointFixture f;
  f.config("[default]\nservices = gone\n");
  CHECK(f.endpoint("sts").error().message ==
        "profile \"default\" names the services section \"gone\", which is not in /home/ada/.aws/config");
  f.config("[default]\nservices = empty\n[services empty]\ns3 =\n  other = 1\nsts = https://not-nested.example\n");
  CHECK(f.endpoint("s3")->value.empty());
  CHECK(f.endpoint("sts")->value.empty());
}

TEST_CASE("a service is found by all that is configured") {
  EndpointFixture f;
  CHECK(f.host(kSts, "us-east-1") == "sts.us-east-1.amazonaws.com");
  CHECK(f.host(kSso, "eu-west-1") == "portal.sso.eu-west-1.amazonaws.com");
  CHECK(f.host(kSsoOidc, "eu-west-1") == "oidc.eu-west-1.amazonaws.com");
  f.config("[default]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\n");
  CHECK(f.host(kSso, "us-east-2") == "portal.sso-fips.us-east-2.api.aws");
  f.variables["AWS_USE_DUALSTACK_ENDPOINT"] = "false";
  CHECK(f.host(kSso, "us-east-2") == "portal.sso-fips.us-east-2.amazonaws.com");
  f.variables["AWS_ENDPOINT_URL_SSO"] = "https://sso.example";
  CHECK(f.host(kSso, "us-east-2") ==
        "a custom endpoint has no FIPS variant (configured in AWS_ENDPOINT_URL_SSO, profile \"default\")");
  f.variables["AWS_USE_FIPS_ENDPOINT"] = "false";
  CHECK(f.host(kSso, "us-east-2") == "sso.example");
  CHECK(f.find(kSso, "us-east-2")->signing_region == "us-east-2");
}

TEST_CASE("the STS that had no regions is used only when asked for") {
  EndpointFixture f;
  f.config("[default]\nsts_regional_endpoints = legacy\n");
  CHECK(f.host(kSts, "eu-west-1") == "sts.amazonaws.com");
  CHECK(f.find(kSts, "eu-west-1")->signing_region == "us-east-1");
  CHECK(f.host(kSts, "eu-south-1") == "sts.eu-south-1.amazonaws.com");
  CHECK(f.host(kSso, "eu-west-1") == "portal.sso.eu-west-1.amazonaws.com");
  f.variables["AWS_STS_REGIONAL_ENDPOINTS"] = "regional";
  CHECK(f.host(kSts, "eu-west-1") == "sts.eu-west-1.amazonaws.com");
  f.variables["AWS_STS_REGIONAL_ENDPOINTS"] = "global";
  CHECK(f.host(kSts, "eu-west-1") == "\"global\", configured in AWS_STS_REGIONAL_ENDPOINTS, is not known");
}

TEST_CASE("a mistake in a service's configuration says where it stands") {
  EndpointFixture f;
  f.variables["AWS_ENDPOINT_URL"] = "sts.example";
  CHECK(f.host(kSts, "us-east-1") ==
        "the endpoint \"sts.example\" does not begin with https:// or http:// (configured in AWS_ENDPOINT_URL)");
  f.variables["AWS_ENDPOINT_URL"] = "https://ada:cktest-endpoint-secret-1@sts.example";
  CHECK(f.host(kSts, "us-east-1").find("cktest-endpoint-secret-1") == std::string::npos);
  f.variables.erase("AWS_ENDPOINT_URL");
  f.variables["AWS_USE_FIPS_ENDPOINT"] = "maybe";
  CHECK(f.host(kSts, "us-east-1") == "\"maybe\", configured in AWS_USE_FIPS_ENDPOINT, is neither true nor false");
  CHECK(f.find(kSts, "US").error().code == ErrorCode::invalid_argument);
}
