#include "aws/profile.h"

#include "support/test_data.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>

using namespace cloudkit;
using namespace cloudkit::aws;
using nlohmann::json;

namespace {

Result<ProfileSet> parse_both(const json& input) {
  auto config = parse_profile_file(input.value("configFile", ""), ProfileFile::config, "config");
  if (!config) return config;
  auto credentials = parse_profile_file(input.value("credentialsFile", ""), ProfileFile::credentials, "credentials");
  if (!credentials) return credentials;
  merge_credentials(*config, *std::move(credentials));
  return config;
}

json to_json(const Sections& sections) {
  json out = json::object();
  for (const auto& [name, properties] : sections) {
    out[name] = json::object();
    for (const auto& [property, value] : properties) out[name][property] = value;
  }
  return out;
}

ProfileSet config(std::string_view text) { return parse_profile_file(text, ProfileFile::config, "config").value(); }

}  // namespace

TEST_CASE("a section may be indented as a whole, as the AWS CLI takes it") {
  const ProfileSet set = config(
      "[default]\n  region = eu-west-1\n  output = json\n  s3 =\n    addressing_style = path\n    "
      "use_dualstack_endpoint = true\n"
      "\tcli_pager = a\n[profile dev]\n    region = a\n      b\n  output = c\n");
  const Properties& section = set.profiles.at("default");
  CHECK(property_of(section, "region") == "eu-west-1");
  CHECK(property_of(section, "output") == "json");
  CHECK(nested_property(property_of(section, "s3"), "use_dualstack_endpoint") == "true");
  CHECK(property_of(section, "cli_pager") == "a");
  CHECK(property_of(set.profiles.at("dev"), "region") == "a\nb");
  CHECK(property_of(set.profiles.at("dev"), "output") == "c");
}

TEST_CASE("profile files read as the AWS SDKs' own parser tests say") {
  const json vectors = json::parse(read_test_data("aws-config/profile-parser-tests.json"));
  REQUIRE(vectors.at("tests").size() == 65);
  for (const json& test : vectors.at("tests")) {
    CAPTURE(test.at("name").get<std::string>());
    const auto parsed = parse_both(test.at("input"));
    const json& output = test.at("output");
    if (output.contains("errorContaining")) {
      REQUIRE_FALSE(parsed);
      CHECK(parsed.error().code == ErrorCode::invalid_argument);
      CHECK(parsed.error().message.find(output.at("errorContaining")) != std::string::npos);
    } else {
      REQUIRE(parsed);
      CHECK(to_json(parsed->profiles) == output.at("config").at("profiles"));
      CHECK(to_json(parsed->sso_sessions) == output.at("config").value("sso_sessions", json::object()));
    }
  }
}

TEST_CASE("an error names file and line, and quotes nothing that may be a secret") {
  const auto parsed = parse_profile_file("[default]\n\n# comment\naws_secret_access_key: cktest-profile-secret-1\n",
                                         ProfileFile::credentials, "/home/ada/.aws/credentials");
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().message == "/home/ada/.aws/credentials:4: Expected an '=' sign defining a property");
}

TEST_CASE("services and sso-session sections are kept apart from profiles") {
  const ProfileSet set = config(
      "[services dev]\ns3 =\n  endpoint_url = https://s3.example # ours\n  other = 1\n[sso-session dev]\nsso_region = "
      "eu-west-1\n[profile dev]\nservices = dev\n[plugins]\ncli = x\n");
  CHECK(set.profiles == Sections{{"dev", {{"services", "dev"}}}});
  CHECK(set.sso_sessions == Sections{{"dev", {{"sso_region", "eu-west-1"}}}});
  const std::string s3 = set.services.at("dev").at("s3");
  CHECK(nested_property(s3, "endpoint_url") == "https://s3.example");
  CHECK(nested_property(s3, "OTHER") == "1");
  CHECK(nested_property(s3, "endpoint") == std::nullopt);
  CHECK(nested_property("plain", "plain") == std::nullopt);
  CHECK(nested_property("", "x") == std::nullopt);
}

TEST_CASE("what editors leave in files does no harm") {
  CHECK(config("\xEF\xBB\xBF[default]\r\nregion = eu-west-1\r\n").profiles.at("default").at("region") == "eu-west-1");
  CHECK(config("[default]\n  # indented comment\nregion = a").profiles.at("default").at("region") == "a");
  CHECK(config("[default]\ns3 =\n  # indented comment\n  x = 1").profiles.at("default").at("s3") == "\nx = 1");
  CHECK(config("[default]\nregion = a").profiles.at("default").at("region") == "a");
  CHECK(config("[default]\nbad name =\n  x = 1\nregion = a").profiles.at("default").size() == 1);
}

TEST_CASE("names of profiles may be in quotes and beyond ASCII, as for the AWS CLI") {
  const auto set = config(
      "[profile \"my profile\"]\nregion = a\n[profile m\xC3\xBCller]\nregion = b\n[sso-session 'our own']\nsso_region "
      "= c\n"
      "[profile \"foo!bar\"]\n[profile \"foo\"]\n");
  CHECK(set.profiles.at("my profile").at("region") == "a");
  CHECK(set.profiles.at("m\xC3\xBCller").at("region") == "b");
  CHECK(set.sso_sessions.at("our own").at("sso_region") == "c");
  CHECK(set.profiles.count("foo!bar") + set.profiles.count("foo") == 2);
  CHECK(set.left_out.empty());
  const auto credentials = parse_profile_file("[m\xC3\xBCller]\nregion = b\n", ProfileFile::credentials, "credentials");
  CHECK(credentials.value().profiles.count("m\xC3\xBCller") == 1);
}

TEST_CASE("what names a profile otherwise is known by its place and what to do") {
  const auto left_out = [](std::string_view text, ProfileFile kind, std::string_view name) {
    const auto set = parse_profile_file(text, kind, "f").value();
    CHECK(set.profiles.empty());
    const LeftOut* const found = set.find_left_out(name);
    return found == nullptr ? std::string() : found->place + " " + found->remedy;
  };
  CHECK(left_out("# mine\n[profile my own]\n", ProfileFile::config, "my own") ==
        "f:2 put its name into quotes: [profile \"NAME\"]");
  CHECK(left_out("[dev]\n", ProfileFile::config, "dev") == "f:1 in the config file its line is [profile NAME]");
  CHECK(left_out("[profile dev]\n", ProfileFile::credentials, "dev") ==
        "f:1 in the credentials file its line is [NAME], without `profile`");
  CHECK(left_out("[my own]\n", ProfileFile::credentials, "my own") ==
        "f:1 give it a name without blanks, or its keys to the config file: [profile \"NAME\"]");
  CHECK(left_out("[plugins]\n", ProfileFile::config, "dev").empty());
}
