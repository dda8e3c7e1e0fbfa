#include "aws/partitions.h"

#include "support/test_data.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

using namespace cloudkit;
using namespace cloudkit::aws;
using nlohmann::json;

namespace {

json published() { return json::parse(read_test_data("aws-endpoints/partitions.json")).at("partitions"); }

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// "^(us|eu)\-\w+\-\d+$" says what "us eu" says.
std::string prefixes_of(std::string expression) {
  constexpr std::string_view kEnd = R"(\-\w+\-\d+$)";
  REQUIRE(expression.starts_with('^'));
  REQUIRE(expression.ends_with(kEnd));
  expression = expression.substr(1, expression.size() - 1 - kEnd.size());
  replace_all(expression, "\\-", "-");
  replace_all(expression, "|", " ");
  std::erase_if(expression, [](char c) { return c == '(' || c == ')'; });
  return expression;
}

}  // namespace

TEST_CASE("the table of partitions is the published one") {
  const json all = published();
  REQUIRE(partitions().size() == all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Partition& ours = partitions()[i];
    const json& outputs = all.at(i).at("outputs");
    CAPTURE(ours.id);
    CHECK(ours.id == all.at(i).at("id"));
    CHECK(ours.region_prefixes == prefixes_of(all.at(i).at("regionRegex")));
    CHECK(ours.dns_suffix == outputs.at("dnsSuffix"));
    CHECK(ours.dual_stack_dns_suffix == outputs.at("dualStackDnsSuffix"));
    CHECK(ours.global_region == outputs.at("implicitGlobalRegion"));
    CHECK(ours.has_fips == outputs.at("supportsFIPS"));
    CHECK(ours.has_dual_stack == outputs.at("supportsDualStack"));
  }
}

TEST_CASE("every published region is in its partition") {
  int regions = 0;
  for (const json& partition : published()) {
    for (const auto& item : partition.at("regions").items()) {
      const std::string region = item.key();
      CHECK_MESSAGE(partition_of(region).id == partition.at("id"), region);
      CHECK(is_global(region) == (region == partition.at("id").get<std::string>() + "-global"));
      ++regions;
    }
  }
  CHECK(regions == 53);
}

TEST_CASE("a region that is not published is known by its form") {
  CHECK(partition_of("cn-south-12").id == "aws-cn");
  CHECK(partition_of("us-gov-north-3").id == "aws-us-gov");
  CHECK(partition_of("us-isob-middle-1").id == "aws-iso-b");
  CHECK(partition_of("eusc-de-west-2").id == "aws-eusc");
  CHECK(partition_of("mx-north-1").id == "aws");
}

TEST_CASE("what has no region's form is in the public partition") {
  for (const char* region : {"",
                             "-",
                             "--",
                             "-1",
                             "cn",
                             "cn-",
                             "cn-1",
                             "cn--1",
                             "cn-north",
                             "cn-north-",
                             "cn-north-x",
                             "cn-north-1x",
                             "c-north-1",
                             "us eu-north-1",
                             "eusc-fr-east-1",
                             "auto",
                             "snow",
                             "aws-global",
                             "aws-moon-global",
                             "-global"}) {
    CHECK_MESSAGE(partition_of(region).id == "aws", region);
  }
}
