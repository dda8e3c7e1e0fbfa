#include "aws/credentials/lookup.h"

#include "environment.h"
#include "support/test_data.h"

#include <cloudkit/aws.h>
#include <cloudkit/log.h>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <thread>
#include <vector>

using namespace cloudkit;
using nlohmann::json;

namespace {

struct Fixture : FakeEnvironment {
  Result<Credentials> get(std::string profile = {}) {
    return aws::make_credential_chain(std::move(profile), view())->get({});
  }
  Error error(std::string profile = {}) {
    const auto found = get(std::move(profile));
    REQUIRE_FALSE(found);
    return found.error();
  }
  void keys(std::string id, std::string secret) {
    variables["AWS_ACCESS_KEY_ID"] = std::move(id);
    variables["AWS_SECRET_ACCESS_KEY"] = std::move(secret);
  }
};

constexpr const char* kDevKeys = "[dev]\naws_access_key_id = AKIADEV\naws_secret_access_key = cktest-dev-secret-1\n";

}  // namespace

TEST_CASE("static keys are found as the AWS SDKs' own chain tests say") {
  const json vectors = json::parse(read_test_data("aws-config/default-credential-provider-chain.json"));
  int cases = 0;
  for (const json& test : vectors.at("cases")) {
    const json& result = test.at("test").at("result");
    // The others need a metadata service, STS or SSO.
    if (!result.contains("Ok") || (test.contains("http") && !test.at("http").value("events", json::array()).empty())) {
      continue;
    }
    CAPTURE(test.at("name").get<std::string>());
    Fixture f;
    f.variables = test.at("env").get<std::map<std::string, std::string>>();
    f.files = test.at("files").get<std::map<std::string, std::string>>();
    const auto found = f.get();
    REQUIRE(found);
    CHECK(found->access_key_id == result.at("Ok").at("access_key_id").get<std::string>());
    CHECK(found->secret_access_key == result.at("Ok").at("secret_access_key").get<std::string>());
    ++cases;
  }
  CHECK(cases == 6);
}

TEST_CASE("without credentials the error tells each place that was looked at, and what to do") {
  Fixture f;
  Error error = f.error();
  CHECK(error.code == ErrorCode::unauthenticated);
  CHECK(error.message ==
        "no credentials found. Environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set. Profile files: "
        "there is no profile \"default\" in /home/ada/.aws/config or /home/ada/.aws/credentials.");
  CHECK(error.hint == "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`");
  f.config("[default]\nregion = eu-west-1\n");
  CHECK(f.error().message.ends_with("Profile files: profile \"default\" has no keys."));
  f.variables.erase("HOME");
  CHECK(f.error().message.ends_with("there is no profile \"default\" in any file, as HOME is not set."));
}

TEST_CASE("variables go before files, unless the program names a profile") {
  Fixture f;
  f.credentials(kDevKeys);
  f.keys("AKIAENV", "cktest-env-secret-1");
  f.variables["AWS_SESSION_TOKEN"] = "cktest-envtoken-secret-1";
  f.variables["AWS_PROFILE"] = "dev";
  CHECK(f.get()->access_key_id == "AKIAENV");
  CHECK(f.get()->session_token == "cktest-envtoken-secret-1");
  CHECK(f.get()->source == "the environment");
  CHECK(f.get("dev")->access_key_id == "AKIADEV");
  CHECK(f.get("dev")->session_token.empty());
  CHECK(f.get("dev")->source == "profile \"dev\"");
  f.config("[profile empty]\n");
  CHECK(f.error("empty").message ==
        "no credentials found. Environment: not looked at, as the program asked for profile \"empty\". Profile files: "
        "profile \"empty\" has no keys.");
}

TEST_CASE("a pair of keys that is half set is an error, and never signs as somebody else") {
  Fixture f;
  f.credentials("[default]\naws_access_key_id = AKIAFILE\naws_secret_access_key = cktest-file-secret-1\n" +
                std::string("[a]\naws_access_key_id = AKIAHALF\n[b]\naws_secret_access_key = cktest-half-secret-1\n"));
  f.keys("AKIAENV", " ");
  CHECK(f.error().code == ErrorCode::unauthenticated);
  CHECK(f.error().message == "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
  CHECK(f.error().hint == "set both, or neither to use the profile files");
  f.keys("", "cktest-env-secret-1");
  CHECK(f.error().message == "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not");
  CHECK(f.error("a").message == "profile \"a\" has aws_access_key_id, but no aws_secret_access_key");
  CHECK(f.error("b").message == "profile \"b\" has aws_secret_access_key, but no aws_access_key_id");
  CHECK(f.error("b").to_string().find("cktest-half-secret-1") == std::string::npos);
}

TEST_CASE("kinds of profiles that are not read yet are named, and their keys not used in their place") {
  const std::vector<std::pair<const char*, const char*>> kinds{
      {"sso_session = corp", "sso"},
      {"sso_start_url = https://corp.awsapps.com/start", "sso"},
      {"role_arn = arn:aws:iam::1:role/x\nsource_profile = dev\naws_access_key_id = A\naws_secret_access_key = "
       "cktest-role-secret-1",
       "role_arn"},
      {"role_arn = arn:aws:iam::1:role/x\nweb_identity_token_file = /token", "web_identity_token_file"},
      {"credential_process = /bin/keys", "credential_process"}};
  for (const auto& kind : kinds) {
    CAPTURE(kind.first);
    Fixture f;
    f.config("[profile dev]\n" + std::string(kind.first) + "\n");
    const Error error = f.error("dev");
    CHECK(error.code == ErrorCode::unauthenticated);
    CHECK(error.message.ends_with("Profile files: profile \"dev\" uses " + std::string(kind.second) +
                                  ", which this version does not read yet."));
  }
}

TEST_CASE("a profile that was asked for must exist") {
  Fixture f;
  f.credentials(kDevKeys);
  CHECK(f.error("prod").code == ErrorCode::invalid_argument);
  CHECK(f.error("prod").message.starts_with("the profile \"prod\", asked for by the program, is not in "));
  f.credentials("nonsense");
  CHECK(f.error().message == "/home/ada/.aws/credentials:1: Expected a profile definition");
}

TEST_CASE("credentials files that everybody may change are refused, and those all may read warned of") {
  Fixture f;
  f.credentials(kDevKeys);
  std::vector<std::string> warnings;
  set_log_sink(
      [&](const LogRecord& record) {
        warnings.push_back(std::string(record.message));
        for (const LogField& field : record.fields) warnings.back() += " " + std::string(field.value);
      },
      LogLevel::warn);
  CHECK(f.get("dev"));
  CHECK(warnings.empty());
  f.modes["/home/ada/.aws/credentials"] = 0644;
  CHECK(f.get("dev"));
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0] == "the credentials file can be read by every user of this machine /home/ada/.aws/credentials");
  f.modes["/home/ada/.aws/credentials"] = 0602;
  CHECK(f.error("dev").code == ErrorCode::permission_denied);
  CHECK(f.error("dev").message == "/home/ada/.aws/credentials can be changed by every user of this machine");
  CHECK(f.error("dev").hint == "chmod 600 /home/ada/.aws/credentials");
  set_log_sink({});
}

TEST_CASE("the chain looks once, and again when its credentials were refused") {
  Fixture f;
  const auto chain = aws::make_credential_chain("dev", f.view());
  CHECK(f.reads == 0);
  CHECK_FALSE(chain->get({}));
  f.credentials(kDevKeys);
  const auto first = chain->get({});
  REQUIRE(first);
  const int reads = f.reads;
  CHECK(chain->get({}));
  CHECK(f.reads == reads);

  f.credentials("[dev]\naws_access_key_id = AKIANEW\naws_secret_access_key = cktest-new-secret-1\n");
  Credentials other = *first;
  other.access_key_id = "AKIAOTHER";
  chain->invalidate(other);
  CHECK(chain->get({})->access_key_id == "AKIADEV");
  chain->invalidate(*first);
  CHECK(chain->get({})->access_key_id == "AKIANEW");
  chain->invalidate(*first);
  CHECK(chain->get({})->access_key_id == "AKIANEW");
}

TEST_CASE("a cancelled call does not look") {
  Fixture f;
  f.credentials(kDevKeys);
  const Context context = Context::cancellable();
  context.cancel();
  const auto found = aws::make_credential_chain("dev", f.view())->get(context);
  REQUIRE_FALSE(found);
  CHECK(found.error().code == ErrorCode::cancelled);
  CHECK(f.reads == 0);
}

TEST_CASE("threads that ask a fresh chain at once make it look once") {
  Fixture f;
  f.credentials(kDevKeys);
  const auto chain = aws::make_credential_chain("dev", f.view());
  std::vector<std::string> found(4);
  std::vector<std::thread> threads;
  for (std::string& id : found) {
    threads.emplace_back([&chain, &id] { id = chain->get({}).value().access_key_id; });
  }
  for (auto& thread : threads) thread.join();
  CHECK(found == std::vector<std::string>(4, "AKIADEV"));
  CHECK(f.reads == 2);
}

TEST_CASE("explicit credentials are given as they are") {
  const auto source =
      aws::explicit_credentials({.access_key_id = "AKIA", .secret_access_key = "cktest-given-secret-1"});
  CHECK(source->get({})->access_key_id == "AKIA");
  CHECK(source->get({})->source == "the program");
  Credentials named;
  named.source = "vault";
  CHECK(aws::explicit_credentials(named)->get({})->source == "vault");
}
