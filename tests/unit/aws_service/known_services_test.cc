#include "aws/service/known_services.h"

#include "aws/service_endpoint.h"
#include "support/test_data.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

using namespace cloudkit::aws;
using nlohmann::json;

namespace {

std::string protocol_of(ServiceProtocol protocol) {
  switch (protocol) {
    case ServiceProtocol::rest_json: return "rest-json";
    case ServiceProtocol::json: return "json";
    case ServiceProtocol::query: break;
  }
  return "query";
}

// "CloudWatch Logs" is AWS_ENDPOINT_URL_CLOUDWATCH_LOGS, and so "cloudwatch-logs".
std::string id_of(std::string service_id) {
  std::transform(service_id.begin(), service_id.end(), service_id.begin(),
                 [](unsigned char c) { return c == ' ' ? '-' : static_cast<char>(std::tolower(c)); });
  return service_id;
}

}  // namespace

TEST_CASE("the table says what botocore's models say") {
  std::string names;
  const json models = json::parse(read_test_data("aws-endpoints/services.json"));
  for (const json& model : models.at("services")) {
    const std::string name = model.at("name");
    CAPTURE(name);
    names += (names.empty() ? "" : ", ") + name;
    const auto known = service::known_service(name);
    REQUIRE(known);
    CHECK(known->id == id_of(model.at("serviceId")));
    CHECK(known->host == model.at("endpointPrefix"));
    CHECK(known->signing_name == model.at("signingName"));
    const std::string protocol = model.at("protocol");
    CHECK(protocol_of(known->protocol) == (protocol == "ec2" ? "query" : protocol));
    const bool json_rpc = known->protocol == ServiceProtocol::json;
    CHECK(known->target == (json_rpc ? model.at("targetPrefix").get<std::string>() : ""));
    if (json_rpc) CHECK(known->version == model.at("jsonVersion"));
    if (known->protocol == ServiceProtocol::query) CHECK(known->version == model.at("apiVersion"));
    CHECK(known->global == (name == "iam"));
  }
  CHECK(service::known_service_names() == names);
  CHECK_FALSE(service::known_service("lambdas"));
}

TEST_CASE("all of them are where botocore's rules say, with FIPS, dual-stack and both, also in GovCloud and China") {
  int refused = 0;
  const json recorded = json::parse(read_test_data("aws-endpoints/variants.json"));
  for (const json& test : recorded.at("cases")) {
    CAPTURE(test.dump());
    const auto known = service::known_service(test.at("service").get<std::string>());
    REQUIRE(known);
    const std::string region = test.at("region");
    ServiceQuery query{known->host, region, {test.at("fips"), test.at("dual_stack")}};
    query.global = known->global;
    const auto found = resolve_service(query);
    if (!found) {
      // Some of what botocore names there has no host.
      CHECK(known->global);
      CHECK(region == "cn-north-1");
      CHECK(found.error().code == cloudkit::ErrorCode::unsupported);
      ++refused;
    } else {
      CHECK("https://" + found->endpoint.host == test.at("url"));
    }
  }
  CHECK(recorded.at("cases").size() == 19 * 4 * 4);
  CHECK(refused == 3);
}
