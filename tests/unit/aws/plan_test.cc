#include "aws/credentials/plan.h"

#include "support/test_data.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <string>

using namespace cloudkit;
using nlohmann::json;

namespace {

using aws::PlanLookup;

aws::Sections sections(const json& test, const char* name) {
  aws::Sections result;
  if (!test.contains(name)) return result;
  for (const auto& [section, properties] : test.at(name).items()) {
    result[section] = {};
    for (const auto& [property, value] : properties.items()) result[section][property] = value.get<std::string>();
  }
  return result;
}

// Leaves out what is empty, as the vectors do.
json object(std::initializer_list<std::pair<const char*, std::string>> members) {
  json result = json::object();
  for (const auto& [name, value] : members) {
    if (!value.empty()) result[name] = value;
  }
  return result;
}

json role(const aws::RoleToAssume& role, const std::string& token_file = {}) {
  return object({{"role_arn", role.arn},
                 {"role_session_name", role.session_name},
                 {"external_id", role.external_id},
                 {"web_identity_token_file", token_file}});
}

struct ShowFirst {
  json operator()(const Credentials& keys) const {
    return {{"AccessKey", object({{"access_key_id", keys.access_key_id},
                                  {"secret_access_key", keys.secret_access_key},
                                  {"session_token", keys.session_token},
                                  {"account_id", keys.account_id}})}};
  }
  json operator()(aws::NamedSource source) const { return {{"NamedSource", aws::to_string(source)}}; }
  json operator()(const aws::WebIdentityRole& web) const {
    return {{"WebIdentityToken", role(web.role, web.token_file)}};
  }
  json operator()(const aws::SsoLogin& sso) const {
    return {{"Sso", object({{"sso_account_id", sso.account_id},
                            {"sso_region", sso.region},
                            {"sso_role_name", sso.role_name},
                            {"sso_start_url", sso.start_url},
                            {"sso_session", sso.session}})}};
  }
  json operator()(const aws::CredentialProcess& process) const { return {{"Process", process.command}}; }
};

json show(const aws::CredentialPlan& plan) {
  json chain = json::array({std::visit(ShowFirst{}, plan.first)});
  for (const aws::RoleToAssume& assumed : plan.roles) chain.push_back({{"AssumeRole", role(assumed)}});
  return chain;
}

// Ours for the texts of the vectors' implementation.
const std::map<std::string, std::string> kOurPlanTexts{
    {"profile must contain `source_profile`",
     "profile \"A\" has role_arn, but neither source_profile nor credential_source"},
    {"profile contained both source_profile and credential_source",
     "profile \"A\" has both source_profile and credential_source"},
    {"profile missing aws_secret_access_key", "profile \"B\" has aws_access_key_id, but no aws_secret_access_key"},
    {"profile missing aws_access_key_id", "profile \"B\" has aws_secret_access_key, but no aws_access_key_id"},
    {"profile `B` did not contain credential information",
     "the role of profile \"A\" needs credentials, but profile \"B\" has no keys, role, SSO login or "
     "credential_process"},
    {"profile `A` did not contain credential information",
     "profile \"A\" has no keys, role, SSO login or credential_process"},
    {"could not find source profile B referenced from A",
     "profile \"A\" has the source_profile \"B\", which does not exist"},
    {"No profiles were defined", "there is no profile \"A\""},
    {"profile formed an infinite loop", "source_profile goes in a circle: \"A\" > \"B\" > \"A\""},
    {"`role_arn` was missing", "profile \"A\" has web_identity_token_file, but no role_arn"},
    {"if `sso_role_name` is set, then `sso_account_id` must also be set",
     "profile \"A\" has sso_role_name, but no sso_account_id"},
    {"if `sso_account_id` is set, then `sso_role_name` must also be set",
     "profile \"A\" has sso_account_id, but no sso_role_name"},
    {"`sso_region` can only be specified in the [sso-session] config when a session name is given",
     "profile \"A\" uses [sso-session A], which has no sso_region"},
    {"sso-session named `oops` (referenced by profile `A`) was not found",
     "profile \"A\" uses [sso-session oops], which does not exist"}};

Result<PlanLookup> plan(std::initializer_list<std::pair<const std::string, aws::Properties>> profiles) {
  aws::ProfileSet set;
  set.profiles.insert(profiles.begin(), profiles.end());
  return aws::plan_credentials("A", set);
}
std::string plan_problem(std::initializer_list<std::pair<const std::string, aws::Properties>> profiles) {
  const auto planned = plan(profiles);
  REQUIRE_FALSE(planned);
  return planned.error().message;
}
const aws::Properties kKeys{{"aws_access_key_id", "AKIA"}, {"aws_secret_access_key", "cktest-plan-secret-1"}};

}  // namespace

TEST_CASE("profiles get their credentials as the AWS SDKs' tests say") {
  const json vectors = json::parse(read_test_data("aws-config/assume-role-tests.json"));
  REQUIRE(vectors.size() == 28);
  for (const json& test : vectors) {
    CAPTURE(test.at("docs").get<std::string>());
    aws::ProfileSet files;
    files.profiles = sections(test.at("input"), "profiles");
    files.sso_sessions = sections(test.at("input"), "sso_sessions");
    const auto planned = aws::plan_credentials(test.at("input").at("selected_profile").get<std::string>(), files);
    if (test.at("output").contains("ProfileChain")) {
      REQUIRE(planned);
      REQUIRE(planned->plan);
      CHECK(show(*planned->plan) == test.at("output").at("ProfileChain"));
    } else {
      const std::string text = kOurPlanTexts.at(test.at("output").at("Error").get<std::string>());
      CHECK((planned ? planned->reason : planned.error().message) == text);
      // Nothing at all lets the chain go on; anything by half does not.
      const bool nothing_there = text.starts_with("there is no") || text.starts_with("profile \"A\" has no keys");
      CHECK(planned.has_value() == nothing_there);
    }
  }
}

TEST_CASE("MFA is refused, with the way around it") {
  const auto planned = aws::plan_credentials(
      "two words",
      {{{"two words", {{"role_arn", "arn:r"}, {"source_profile", "B"}, {"mfa_serial", "arn:m"}}}}, {}, {}});
  REQUIRE_FALSE(planned);
  CHECK(planned.error().code == ErrorCode::unsupported);
  CHECK(planned.error().message == "profile \"two words\" demands a code of multi-factor authentication (mfa_serial)");
  CHECK(planned.error().hint ==
        "let the AWS CLI ask for it, and then leave the profile out of the URL: eval \"$(aws configure "
        "export-credentials --profile 'two words' --format env)\"");
}

TEST_CASE("values that cannot be are named before anybody is asked") {
  CHECK(plan_problem({{"A", {{"role_arn", "arn:r"}, {"credential_source", "Heaven"}}}}) ==
        "profile \"A\" has the credential_source \"Heaven\", which is none");
  for (const char* duration : {"899", "43201", "1h", "-900", "99999999999999999999"}) {
    CHECK(plan_problem({{"A", {{"role_arn", "arn:r"}, {"source_profile", "B"}, {"duration_seconds", duration}}},
                        {"B", kKeys}}) == "profile \"A\" has a duration_seconds that is not from 900 to 43200");
  }
  const auto longest =
      plan({{"A", {{"role_arn", "arn:r"}, {"source_profile", "B"}, {"duration_seconds", "43200"}}}, {"B", kKeys}});
  CHECK(longest.value().plan.value().roles.at(0).duration == std::chrono::hours(12));
}

TEST_CASE("of several kinds the first counts: web identity, SSO, keys, credential_process") {
  aws::Properties all = kKeys;
  all["credential_process"] = "/bin/keys";
  CHECK(std::holds_alternative<Credentials>(plan({{"A", all}})->plan->first));
  all.insert({{"sso_start_url", "https://corp"}, {"sso_region", "us-east-1"}});
  // A login without a role is for tokens.
  CHECK(std::holds_alternative<Credentials>(plan({{"A", all}})->plan->first));
  all.insert({{"sso_account_id", "123456789012"}, {"sso_role_name", "Reader"}});
  CHECK(std::holds_alternative<aws::SsoLogin>(plan({{"A", all}})->plan->first));
  all.insert({{"role_arn", "arn:r"}, {"web_identity_token_file", "/token"}});
  CHECK(std::holds_alternative<aws::WebIdentityRole>(plan({{"A", all}})->plan->first));
  const auto process = plan({{"A", {{"credential_process", "/bin/keys"}, {"aws_account_id", "123456789012"}}}});
  CHECK(std::get<aws::CredentialProcess>(process->plan->first).command == "/bin/keys");
  CHECK(std::get<aws::CredentialProcess>(process->plan->first).account_id == "123456789012");
}

TEST_CASE("credential_source counts with role_arn only, and after a web identity") {
  const auto web = plan(
      {{"A",
        {{"role_arn", "arn:r"}, {"web_identity_token_file", "/token"}, {"credential_source", "Ec2InstanceMetadata"}}}});
  REQUIRE(std::holds_alternative<aws::WebIdentityRole>(web.value().plan.value().first));
  CHECK(std::get<aws::WebIdentityRole>(web->plan->first).role.arn == "arn:r");
  CHECK(web->plan->roles.empty());
  aws::Properties keys = kKeys;
  keys["credential_source"] = "Ec2InstanceMetadata";
  CHECK(std::holds_alternative<Credentials>(plan({{"A", keys}}).value().plan.value().first));
  keys["role_arn"] = "arn:r";
  const auto role = plan({{"A", keys}});
  CHECK(std::get<aws::NamedSource>(role.value().plan.value().first) == aws::NamedSource::instance_metadata);
  CHECK(role->plan->roles.at(0).arn == "arn:r");
  const auto nothing = plan({{"A", {{"credential_source", "Ec2InstanceMetadata"}}}});
  CHECK_FALSE(nothing.value().plan);
  CHECK(nothing->reason == "profile \"A\" has no keys, role, SSO login or credential_process");
}

TEST_CASE("a profile may repeat what its SSO session says, but not contradict it") {
  aws::ProfileSet files;
  files.sso_sessions["corp"] = {{"sso_region", "us-east-1"}, {"sso_start_url", "https://corp"}};
  files.profiles["A"] = {{"sso_session", "corp"}, {"sso_region", "us-east-1"}, {"sso_start_url", "https://corp"}};
  CHECK(aws::plan_credentials("A", files).value().plan);
  files.profiles["A"]["sso_region"] = "us-west-2";
  const auto contradiction = aws::plan_credentials("A", files);
  REQUIRE_FALSE(contradiction);
  CHECK(contradiction.error().message == "profile \"A\" has another sso_region than its [sso-session corp]");
  CHECK(contradiction.error().hint == "run: aws configure sso --profile A");
}

TEST_CASE("a chain of a thousand roles is planned in order, and one that comes back to its middle refused") {
  aws::ProfileSet files;
  for (int i = 0; i < 1000; ++i) {
    files.profiles["p" + std::to_string(i)] = {{"role_arn", "arn:" + std::to_string(i)},
                                               {"source_profile", "p" + std::to_string(i + 1)}};
  }
  files.profiles["p1000"] = kKeys;
  const auto planned = aws::plan_credentials("p0", files);
  REQUIRE(planned.value().plan->roles.size() == 1000);
  CHECK(planned->plan->roles.front().arn == "arn:999");
  CHECK(planned->plan->roles.back().arn == "arn:0");
  files.profiles["p1000"] = {{"role_arn", "arn:1000"}, {"source_profile", "p500"}};
  CHECK_FALSE(aws::plan_credentials("p0", files));
}
