// The AWS SDKs' own tests of where credentials come from, replayed.
#include "aws/credentials/lookup.h"
#include "aws/credentials/surroundings.h"
#include "core/time.h"
#include "environment.h"
#include "replay.h"
#include "support/test_data.h"

#include <cloudkit/log.h>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

using namespace cloudkit;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

// What our errors say where those of the vectors' implementation are in its own words.
const std::map<std::string, std::string> kOurTexts{
    {"credential_process_failure", "the credential_process of profile \"default\": it exited with 1"},
    {"credential_process_invalid", "the credential_process of profile \"default\": not JSON"},
    {"eks_pod_identity_no_token_file", "/token.jwt"},
    {"empty_config", "there is no profile \"default\""},
    {"imds_default_chain_error", "no credentials found."},
    {"imds_disabled", "no credentials found."},
    {"imds_no_iam_role", "profile \"default\" has the credential_source Ec2InstanceMetadata, but "},
    {"imds_token_fail",
     "profile \"default\" has the credential_source Ec2InstanceMetadata, but 169.254.169.254 answered 403"},
    {"invalid_config", "/home/.aws/config:2: Property did not have a name"},
    {"invalid_sso_credentials_config", "profile \"default\" has an SSO login, but no sso_account_id and sso_role_name"},
    {"profile_overrides_web_identity",
     "profile \"A\" has the credential_source Environment, but AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not "
     "set"},
    {"sso_no_token_file",
     "profile \"sso-test\" has no SSO login: there is no "
     "/home/.aws/sso/cache/dace00cba5f8355ec9d274ceb2bcebdfbeed0e12.json"},
    {"sso_server_error", "the service answered 503 and gave no reason"},
    {"sso_token", "profile \"default\" has an SSO login, but no sso_account_id and sso_role_name"},
    {"web_identity_source_profile_no_env", "profile \"B\" has web_identity_token_file, but no role_arn"},
    {"web_identity_token_invalid_jwt",
     "profile \"B\": assume arn:aws:iam::123456789:role/RoleB at sts.us-east-1.amazonaws.com: No OpenIDConnect "
     "provider "
     "found in your account for https://s3-us-west-2.amazonaws.com/oidc-test-"}};

// Commands that are meant for a shell. cloudkit uses none, as the AWS CLI.
std::string for_a_shell(std::string config) {
  const std::string property = "credential_process = ";
  const auto begin = config.find(property) + property.size();
  const auto end = config.find('\n', begin);
  const std::string command = config.substr(begin, end - begin);
  return config.replace(begin, command.size(), "sh -c \"" + command + "\"");
}

struct Case : ProfileEnvironment {
  ~Case() { set_log_sink({}); }
  Case(const Case&) = delete;
  Case& operator=(const Case&) = delete;
  explicit Case(const json& test)
      : replay(std::make_shared<Replay>(test.contains("http") ? test.at("http").at("events") : json::array())) {
    set_log_sink([](const LogRecord&) {}, LogLevel::error);
    variables = test.at("env").get<std::map<std::string, std::string>>();
    if (test.contains("files")) files = test.at("files").get<std::map<std::string, std::string>>();
    if (const auto config = files.find("/home/.aws/config");
        config != files.end() && config->second.find("credential_process") != std::string::npos) {
      config->second = for_a_shell(config->second);
    }
    const json& result = test.at("test").at("result");
    if (result.contains("Ok") && result.at("Ok").contains("expiry")) {
      time = core::from_unix(result.at("Ok").at("expiry").get<std::int64_t>(), 0) - 30min;
    }
    // The container's keys were written with another expiration than those of the role.
    if (test.at("name") == "ecs_assume_role") time = core::parse_rfc3339("2009-02-13T23:01:30Z").value();
  }
  aws::Surroundings surroundings() {
    aws::Surroundings all{{view(), replay, {}}};
    all.hooks.now = [this] { return time; };
    all.hooks.jitter = [] { return 1.0; };
    all.hooks.wait = [](const Context& context, std::chrono::milliseconds) { return context.check(); };
    return all;
  }

  std::shared_ptr<Replay> replay;
  core::TimePoint time = core::parse_rfc3339("2021-09-21T17:41:25Z").value();
};

void compare(const std::string& name, const json& expected, const Result<Credentials>& found) {
  if (!expected.contains("Ok")) {
    CHECK_FALSE(found);
    if (found) return;
    const std::string text = found.error().message;
    CAPTURE(text);
    CHECK(text.find(kOurTexts.at(name)) != std::string::npos);
    return;
  }
  CAPTURE((found ? std::string() : found.error().to_string()));
  CHECK(found);
  if (!found) return;
  const json& keys = expected.at("Ok");
  CHECK(found->access_key_id == keys.at("access_key_id").get<std::string>());
  CHECK(found->secret_access_key == keys.at("secret_access_key").get<std::string>());
  CHECK(found->session_token == keys.value("session_token", ""));
  if (keys.contains("account_id")) CHECK(found->account_id == keys.at("account_id").get<std::string>());
  CHECK(found->expires.has_value() == keys.contains("expiry"));
  if (keys.contains("expiry")) CHECK(found->expires == core::from_unix(keys.at("expiry").get<std::int64_t>(), 0));
}

using Look = std::function<Result<Credentials>(Case&)>;

void run(const json& test, const Look& look) {
  const std::string name = test.at("name");
  CAPTURE(name);
  Case replayed(test);
  compare(name, test.at("test").at("result"), look(replayed));
  // An outage is recorded once; ours is a client that tries again.
  const std::size_t repeated = name == "sso_server_error" ? 3 : 0;
  CHECK(replayed.replay->sent() == replayed.replay->recorded() + repeated);
}

int run_all(const char* file, const Look& look) {
  const json vectors = json::parse(read_test_data(file));
  for (const json& test : vectors.at("cases")) run(test, look);
  return static_cast<int>(vectors.at("cases").size());
}

}  // namespace

TEST_CASE("the default chain finds what the AWS SDKs' tests find, by the same requests") {
  CHECK(run_all("aws-config/default-credential-provider-chain.json",
                [](Case& test) { return aws::make_credential_chain({}, test.surroundings())->get({}); }) == 29);
}

TEST_CASE("a profile gives what the AWS SDKs' tests get from it, by the same requests") {
  CHECK(run_all("aws-config/profile-provider.json", [](Case& test) -> Result<Credentials> {
          auto found = aws::look_in_profile({}, test.surroundings(), {});
          if (!found) return found.error();
          if (found->credentials) return *found->credentials;
          return Error(ErrorCode::unauthenticated, found->reason);
        }) == 18);
}
