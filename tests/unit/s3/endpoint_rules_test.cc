// The tests that AWS publishes for the rules of its SDKs, all of them.
#include "aws/s3/access_point.h"
#include "aws/s3/bucket_name.h"
#include "aws/s3/endpoint.h"
#include "support/test_data.h"

#include <cloudkit/driver/http.h>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>

using namespace cloudkit;
using namespace cloudkit::aws;
using namespace cloudkit::aws::s3;
using nlohmann::json;

namespace {

struct Refusal {
  std::string_view theirs;
  ErrorCode code;
  std::string_view ours;  // The message, or its end.
};
constexpr Refusal kRefusals[] = {
    {"Invalid region: region was not a valid DNS name.", ErrorCode::invalid_argument, "cannot be a region"},
    {"A region must be set when sending requests to S3.", ErrorCode::invalid_argument, "no region is configured"},
    {"Custom endpoint `abcde://nota#url` was not a valid URI", ErrorCode::invalid_argument,
     "does not begin with https:// or http://"},
    {"Cannot set dual-stack in combination with a custom endpoint.", ErrorCode::invalid_argument,
     "a custom endpoint has no dual-stack variant"},
    {"A custom endpoint cannot be combined with FIPS", ErrorCode::invalid_argument,
     "a custom endpoint has no FIPS variant"},
    {"A custom endpoint cannot be combined with S3 Accelerate", ErrorCode::invalid_argument,
     "acceleration and a custom endpoint exclude each other"},
    {"Accelerate cannot be used with FIPS", ErrorCode::invalid_argument, "acceleration and FIPS exclude each other"},
    {"Path-style addressing cannot be used with S3 Accelerate", ErrorCode::invalid_argument,
     "acceleration and addressing by path exclude each other"},
    {"Partition does not support FIPS", ErrorCode::unsupported, "S3 has no FIPS endpoints in the AWS partition aws-cn"},
    {"S3 Accelerate cannot be used in this region", ErrorCode::unsupported,
     "S3 has no accelerated endpoints in the AWS partition aws-cn"},
    {"Access Points do not support S3 Accelerate", ErrorCode::invalid_argument,
     "acceleration and access points exclude each other"},
    {"Invalid ARN: Expected a resource of the format `accesspoint:<accesspoint name>` but no name was provided",
     ErrorCode::invalid_argument, "has no name that an access point can have"},
    {"Invalid ARN: The ARN may only contain a single resource component after `accesspoint`.",
     ErrorCode::invalid_argument, "has no name that an access point can have"},
    {"Invalid ARN: The access point name may only contain a-z, A-Z, 0-9 and `-`. Found: `ap_name`",
     ErrorCode::invalid_argument, "has no name that an access point can have"},
    {"Invalid ARN: The account id may only contain a-z, A-Z, 0-9 and `-`. Found: `123456_789012`",
     ErrorCode::invalid_argument, "has no account of 12 digits"},
    {"Invalid region in ARN: `us-west -2` (invalid DNS name)", ErrorCode::invalid_argument, "has no region"},
};
// Of one ARN the SDKs find first that the region has no FIPS, and we that it names two partitions.
constexpr std::string_view kTwoPartitions = "is of the partition aws, which has no region cn-north-1";
// Where a name by which the bucket cannot be addressed is refused, the SDKs speak of the style that they would need.
constexpr std::string_view kNameRefused = "cannot stand before the host \"s3-accelerate.amazonaws.com\"";

// Where the tests ask for what cloudkit has not: an SDK's switches, and what other ARNs stand for.
bool is_left_out(const json& params, const std::string& bucket) {
  const auto status = check_bucket_name(bucket);
  return !params.value("UseArnRegion", true) || params.value("DisableAccessPoints", false) ||
         (is_arn(bucket) && !status && status.error().code == ErrorCode::unsupported);
}

bool flag(const json& params, const char* name) { return params.value(name, false); }

// Who says nothing of the style to an SDK gets a virtual host wherever there can be one. Here, as with the AWS CLI, a
// custom endpoint is addressed by path unless told otherwise.
Result<Target> resolve(const json& params) {
  const std::string bucket = params.value("Bucket", "");
  std::string region = params.value("Region", "");
  if (is_arn(bucket)) {
    auto its_own = region_of_access_point(bucket, region);
    if (!its_own) return std::move(its_own).error();
    region = *std::move(its_own);
  }
  Routing routing;
  routing.variant = {flag(params, "UseFIPS"), flag(params, "UseDualStack")};
  routing.accelerate = flag(params, "Accelerate");
  routing.legacy_us_east_1 = flag(params, "UseGlobalEndpoint");
  if (flag(params, "ForcePathStyle")) routing.addressing = Addressing::path;
  if (params.contains("Endpoint")) {
    auto endpoint = parse_endpoint(params.at("Endpoint").get<std::string>(), true);
    if (!endpoint) return endpoint.error();
    routing.custom = *std::move(endpoint);
    if (routing.addressing == Addressing::automatic) routing.addressing = Addressing::virtual_host;
  }
  auto target = resolve_target(routing, region, bucket);
  if (target || routing.addressing != Addressing::virtual_host ||
      target.error().message.find("cannot stand before the host") == std::string::npos) {
    return target;
  }
  routing.addressing = Addressing::path;
  return resolve_target(routing, region, bucket);
}

std::string url_of(const Target& target) {
  http::Request request;
  request.path = target.path;
  return target.scheme + "://" + target.host + (target.path.empty() ? "" : http::encode_target(request));
}

void check_refusal(const Error& error, const std::string& theirs) {
  if (error.message.ends_with(kTwoPartitions)) return;
  const auto refusal = std::find_if(std::begin(kRefusals), std::end(kRefusals),
                                    [&](const Refusal& row) { return row.theirs == theirs; });
  REQUIRE(refusal != std::end(kRefusals));
  CHECK(error.code == refusal->code);
  CHECK_MESSAGE((error.message.ends_with(refusal->ours) || error.message.ends_with(kNameRefused)), error.message);
}

void check_authentication(const json& test) {
  for (const json& scheme : test.at("auth")) {
    CHECK(scheme.at("name") == "sigv4");
    CHECK(scheme.at("signingName") == "s3");
    const json& params = test.at("params");
    const std::string bucket = params.value("Bucket", "");
    const std::string region =
        is_arn(bucket) ? region_of_access_point(bucket, "").value() : params.at("Region").get<std::string>();
    CHECK(scheme.at("signingRegion") == signing_region(region));
    CHECK(scheme.at("disableDoubleEncoding") == true);
  }
}

}  // namespace

TEST_CASE("S3 is where the published rules say, and what they refuse is refused") {
  const json suite = json::parse(read_test_data("aws-endpoints/s3-endpoints.json"));
  int resolved = 0;
  int refused = 0;
  int left_out = 0;
  for (const json& test : suite.at("cases")) {
    const json& params = test.at("params");
    CAPTURE(test.dump());
    const std::string bucket = params.value("Bucket", "");
    if (is_left_out(params, bucket)) {
      // What the SDKs refuse too is no loss.
      if (test.contains("url")) std::printf("not yet: %s\n", test.at("doc").get_ref<const std::string&>().c_str());
      ++left_out;
      continue;
    }
    const auto target = resolve(params);
    if (test.contains("error")) {
      REQUIRE_FALSE(target);
      check_refusal(target.error(), test.at("error"));
      ++refused;
    } else {
      REQUIRE_MESSAGE(target, target.error().message);
      CHECK(url_of(*target) == test.at("url"));
      check_authentication(test);
      ++resolved;
    }
  }
  CHECK(resolved == 136);
  CHECK(refused == 54);
  CHECK(left_out == 14);
}

TEST_CASE("no byte but of a plain name reaches a host: of bucket, region or account") {
  const std::string_view plain = "abcdefghijklmnopqrstuvwxyz0123456789-";
  for (int byte = 0; byte < 256; ++byte) {
    CAPTURE(byte);
    const std::string name = std::string("ab") + static_cast<char>(byte) + "cd";
    const bool is_plain = plain.find(static_cast<char>(byte)) != std::string_view::npos;
    Routing routing;
    const auto of_bucket = resolve_target(routing, "us-west-2", name);
    REQUIRE(of_bucket);
    CHECK(of_bucket->host == (is_plain ? name + "." : "") + "s3.us-west-2.amazonaws.com");
    const auto of_region = resolve_target(routing, name, "reports");
    CHECK(of_region.has_value() == is_plain);
    routing.server_endpoint = "https://{account}.s3.{region}.example";
    routing.account = "a1";
    CHECK(resolve_target(routing, name, "reports").has_value() == is_plain);
    routing.account = name;
    CHECK(resolve_target(routing, "eu-1", "reports").has_value() == (is_plain && byte != '-'));
  }
}

TEST_CASE("no bucket's name reaches a host unless it is a plain one") {
  const Routing routing;
  for (const char* name : {"evil.example/", "evil.example#", "a@evil.example", "a:80", "a?b", "a%2eb", "a b", "a\r\nb",
                           "..", ".a", "a.", "-ab", "ab-", "a_b", "ABC", "[::1]", "a\\b", "\xC3\xA9\xC3\xA9"}) {
    const auto target = resolve_target(routing, "us-west-2", name);
    REQUIRE(target);
    CHECK_MESSAGE(target->host == "s3.us-west-2.amazonaws.com", name);
    Routing virtual_host;
    virtual_host.addressing = Addressing::virtual_host;
    CHECK_FALSE_MESSAGE(resolve_target(virtual_host, "us-west-2", name), name);
  }
}
