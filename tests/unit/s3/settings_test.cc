#include "aws/s3/settings.h"

#include "aws/configured_endpoint.h"
#include "support/test_data.h"
#include "unit/aws/environment.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>

using namespace cloudkit;
using namespace cloudkit::aws;
using namespace cloudkit::aws::s3;
using nlohmann::json;

namespace {

struct SettingsFixture : ProfileEnvironment {
  S3Options options = {};

  SettingsFixture() { options.region = "us-west-2"; }

  Result<Settings> resolve() { return resolve_settings(options, view()); }
  std::string refusal() {
    const auto settings = resolve();
    return settings ? "resolved" : settings.error().message;
  }
  std::string url(std::string_view bucket) {
    const auto settings = resolve();
    if (!settings) return settings.error().message;
    const auto target = resolve_target(settings->routing, settings->region, bucket);
    return target ? target->scheme + "://" + target->host + target->path : target.error().message;
  }
};

std::string to_ini(const json& suite) {
  std::string text;
  for (const auto& [name, properties] : suite.at("profiles").items()) {
    text += "[profile " + name + "]\n";
    for (const auto& [key, value] : properties.items()) text += key + " = " + value.get<std::string>() + "\n";
  }
  for (const auto& [name, services] : suite.at("services").items()) {
    text += "[services " + name + "]\n";
    for (const auto& [service, properties] : services.items()) {
      text += service + " =\n";
      for (const auto& [key, value] : properties.items()) text += "  " + key + " = " + value.get<std::string>() + "\n";
    }
  }
  return text;
}

// What a program says itself is in S3Options; for other services nothing of it is in the suite.
std::string endpoint_of(const json& test, const json& client, ProfileEnvironment& fake) {
  const Environment environment = fake.view();
  if (test.at("service") != "s3") {
    REQUIRE(client.empty());
    const auto files = load_profile_files(environment).value();
    const auto profile = choose_profile({}, environment, files).value();
    return configured_endpoint(test.at("service").get<std::string>(), environment, profile, files)->value;
  }
  S3Options options;
  options.endpoint = client.value("endpoint_url", "");
  options.ignore_configured_endpoints = client.value("ignore_configured_endpoint_urls", false);
  const auto settings = resolve_settings(options, environment);
  REQUIRE(settings);
  const auto endpoint = endpoint_in(settings->routing, settings->region);
  REQUIRE(endpoint);
  return endpoint->scheme + "://" + endpoint->host;
}

}  // namespace

TEST_CASE("endpoints are found in the order of botocore's tests") {
  const json suite = json::parse(read_test_data("aws-config/configured-endpoint-urls.json")).at("testSuites").at(0);
  int cases = 0;
  for (const json& test : suite.at("endpointUrlTests")) {
    CAPTURE(test.at("name").get<std::string>());
    ProfileEnvironment fake;
    fake.config(to_ini(suite));
    fake.variables["AWS_PROFILE"] = test.at("profile");
    for (const auto& [name, value] : suite.at("environments").at(test.at("environment")).items()) {
      fake.variables[name] = value;
    }
    const json& client = suite.at("client_configs").at(test.at("client_config"));
    CHECK(endpoint_of(test, client, fake) == test.at("output").at("endpointUrl"));
    ++cases;
  }
  CHECK(cases == 39);
}

TEST_CASE("variants are said by options, else by what is configured") {
  SettingsFixture f;
  CHECK(f.url("reports") == "https://reports.s3.us-west-2.amazonaws.com");
  f.config("[default]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\n");
  CHECK(f.url("reports") == "https://reports.s3-fips.dualstack.us-west-2.amazonaws.com");
  f.options.fips = false;
  CHECK(f.url("reports") == "https://reports.s3.dualstack.us-west-2.amazonaws.com");
  f.options.dual_stack = false;
  CHECK(f.url("reports") == "https://reports.s3.us-west-2.amazonaws.com");
  f.options.accelerate = true;
  CHECK(f.url("reports") == "https://reports.s3-accelerate.amazonaws.com");
  f.options.dual_stack = true;
  CHECK(f.url("reports") == "https://reports.s3-accelerate.dualstack.amazonaws.com");
  CHECK(f.url("") == "https://s3.dualstack.us-west-2.amazonaws.com");
}

TEST_CASE("the addressing style of the profile is what `automatic` means") {
  SettingsFixture f;
  f.config("[default]\ns3 =\n  addressing_style = path\n");
  CHECK(f.url("reports") == "https://s3.us-west-2.amazonaws.com/reports");
  f.options.addressing = Addressing::virtual_host;
  CHECK(f.url("reports") == "https://reports.s3.us-west-2.amazonaws.com");
  f.options = {.region = "us-west-2", .endpoint = "https://objects.example"};
  f.config("[default]\ns3 =\n  addressing_style = virtual\n");
  CHECK(f.url("reports") == "https://reports.objects.example");
}

TEST_CASE("us-east-1 has its global host only when asked for") {
  SettingsFixture f;
  f.options.region = "us-east-1";
  CHECK(f.url("reports") == "https://reports.s3.us-east-1.amazonaws.com");
  f.variables["AWS_S3_US_EAST_1_REGIONAL_ENDPOINT"] = "legacy";
  CHECK(f.url("reports") == "https://reports.s3.amazonaws.com");
  CHECK(f.resolve()->quirks->server == S3Server::aws);
}

TEST_CASE("what contradicts each other is refused, with where it stands") {
  SettingsFixture f;
  f.variables["AWS_USE_FIPS_ENDPOINT"] = "true";
  f.options.endpoint = "https://objects.example";
  CHECK(f.refusal() == "a custom endpoint has no FIPS variant (configured in AWS_USE_FIPS_ENDPOINT)");
  f.options.endpoint.clear();
  f.config("[default]\nendpoint_url = https://objects.example\n");
  CHECK(f.refusal() ==
        "a custom endpoint has no FIPS variant (configured in profile \"default\", AWS_USE_FIPS_ENDPOINT)");
  f.config("[default]\ns3 =\n  use_accelerate_endpoint = true\n");
  CHECK(f.refusal() ==
        "acceleration and FIPS exclude each other (configured in AWS_USE_FIPS_ENDPOINT, profile \"default\")");
  f.config("");
  f.options.region = "cn-north-1";
  CHECK(f.resolve().error().code == ErrorCode::unsupported);
  CHECK(f.refusal() == "S3 has no FIPS endpoints in the AWS partition aws-cn (configured in AWS_USE_FIPS_ENDPOINT)");
}

TEST_CASE("options that exclude each other are refused before anything is read") {
  const auto refusal = [](S3Options options) {
    const auto status = check_options(options);
    if (status) return std::string("taken");
    CHECK(status.error().code == ErrorCode::invalid_argument);
    return status.error().message;
  };
  CHECK(refusal({.endpoint = "https://objects.example", .fips = true}) == "a custom endpoint has no FIPS variant");
  CHECK(refusal({.endpoint = "https://objects.example", .dual_stack = true}) ==
        "a custom endpoint has no dual-stack variant");
  CHECK(refusal({.endpoint = "https://objects.example", .accelerate = true}) ==
        "acceleration and a custom endpoint exclude each other");
  CHECK(refusal({.fips = true, .accelerate = true}) == "acceleration and FIPS exclude each other");
  CHECK(refusal({.addressing = Addressing::path, .accelerate = true}) ==
        "acceleration and addressing by path exclude each other");
  CHECK(refusal({.fips = true, .dual_stack = true}) == "taken");
  CHECK(refusal({.endpoint = "https://objects.example", .fips = false, .accelerate = false}) == "taken");
}
