#include "aws/credentials/lookup.h"

#include "support/contains.h"
#include "surroundings.h"

#include <cloudkit/aws.h>

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

using namespace cloudkit;

namespace {

using ::test::contains;

constexpr const char* kDevKeys = "[dev]\naws_access_key_id = AKIADEV\naws_secret_access_key = cktest-dev-secret-1\n";

}  // namespace

TEST_CASE("without credentials the error tells each place that was looked at, and what to do") {
  FakeSurroundings f;
  Error error = f.error();
  CHECK(error.code == ErrorCode::unauthenticated);
  CHECK(error.message ==
        "no credentials found. Environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set. Profile files: "
        "there is no profile \"default\" in /home/ada/.aws/config or /home/ada/.aws/credentials. Web identity: "
        "AWS_WEB_IDENTITY_TOKEN_FILE is not set. Container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and "
        "AWS_CONTAINER_CREDENTIALS_FULL_URI are not set. EC2 instance: AWS_EC2_METADATA_DISABLED is true.");
  CHECK(error.hint == "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure` or `aws configure sso`");
  f.config("[default]\nregion = eu-west-1\n");
  CHECK(contains(f.error().message,
                 "Profile files: profile \"default\" has no keys, role, SSO login or credential_process."));
  f.variables.erase("HOME");
  CHECK(contains(f.error().message, "there is no profile \"default\" in any file, as HOME is not set."));
  CHECK(f.services->sent().empty());
}

TEST_CASE("variables go before files, unless the program names a profile") {
  FakeSurroundings f;
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
  CHECK(f.error("empty").message.starts_with(
      "no credentials found. Environment: not looked at, as the program asked for profile \"empty\". Profile files: "
      "profile \"empty\" has no keys, role, SSO login or credential_process. Web identity: not looked at, as the "
      "program asked for profile \"empty\"."));
}

TEST_CASE("a pair of keys that is half set is an error, and never signs as somebody else") {
  FakeSurroundings f;
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

TEST_CASE("the environment says which account its keys are of, and until when they last") {
  FakeSurroundings f;
  f.keys("AKIAENV", "cktest-env-secret-1");
  f.variables["AWS_ACCOUNT_ID"] = "123456789012";
  CHECK(f.get()->account_id == "123456789012");
  CHECK_FALSE(f.get()->expires);
  f.variables["AWS_CREDENTIAL_EXPIRATION"] = "2026-11-23T02:00:00+00:00";
  CHECK(f.get()->expires == f.time + std::chrono::hours(1));
  f.variables["AWS_CREDENTIAL_EXPIRATION"] = "2026-11-23T00:59:59Z";
  CHECK(f.error().message ==
        "the credentials from the environment expired at 2026-11-23T00:59:59Z, and it is 2026-11-23T01:00:00Z by this "
        "machine's clock");
  CHECK(f.error().hint == "fetch new ones where these came from, or set the clock");
  f.variables["AWS_CREDENTIAL_EXPIRATION"] = "soon";
  CHECK(f.error().message == "AWS_CREDENTIAL_EXPIRATION is not a time");
}

TEST_CASE("a profile that was asked for must exist") {
  FakeSurroundings f;
  f.credentials(kDevKeys);
  CHECK(f.error("prod").code == ErrorCode::invalid_argument);
  CHECK(f.error("prod").message.starts_with("the profile \"prod\", asked for by the program, is not in "));
  f.credentials("nonsense");
  CHECK(f.error().message == "/home/ada/.aws/credentials:1: Expected a profile definition");
}

TEST_CASE("credentials files that everybody may change are refused, and those all may read warned of") {
  FakeSurroundings f;
  f.credentials(kDevKeys);
  CHECK(f.get("dev"));
  CHECK(f.warnings.empty());
  f.modes["/home/ada/.aws/credentials"] = 0644;
  CHECK(f.get("dev"));
  REQUIRE(f.warnings.size() == 1);
  CHECK(f.warnings[0] == "the credentials file can be read by every user of this machine /home/ada/.aws/credentials");
  f.modes["/home/ada/.aws/credentials"] = 0602;
  CHECK(f.error("dev").code == ErrorCode::permission_denied);
  CHECK(f.error("dev").message == "/home/ada/.aws/credentials can be changed by every user of this machine");
  CHECK(f.error("dev").hint == "chmod 600 /home/ada/.aws/credentials");
}

TEST_CASE("what a program gives itself needs no credentials file, whoever may change that") {
  FakeSurroundings f;
  f.keys("AKIAENV", "cktest-env-secret-1");
  f.credentials(kDevKeys);
  f.modes["/home/ada/.aws/credentials"] = 0777;
  CHECK(f.get()->access_key_id == "AKIAENV");
  CHECK(aws::load_config({}, f.view()));
  // Of a profile that may be in it nobody can say that it is not there.
  CHECK(aws::load_config("dev", f.view()).error().message ==
        "/home/ada/.aws/credentials can be changed by every user of this machine");
}

TEST_CASE("a profile of `aws login` is refused, and the machine does not sign in its stead") {
  FakeSurroundings f;
  f.config("[profile console]\nlogin_session = arn:aws:iam::123456789012:user/ada\n");
  f.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://169.254.170.23/v1/credentials";
  const Error error = f.error("console");
  CHECK(error.code == ErrorCode::unsupported);
  CHECK(error.message == "profile \"console\" has its keys from `aws login`, which cloudkit cannot renew");
  CHECK(error.hint ==
        "let the AWS CLI hand them on: credential_process = aws configure export-credentials --profile console "
        "--format process, in a profile of its own");
  CHECK(f.services->sent().empty());
}

TEST_CASE("a container is given the time to fetch its keys from elsewhere, an instance is not") {
  FakeSurroundings f;
  f.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://169.254.170.23/v1/credentials";
  aws::Surroundings surroundings = f.surroundings();
  surroundings.metadata_transport = std::make_shared<testing::ScriptedTransport>();
  const auto patient = std::make_shared<testing::ScriptedTransport>();
  surroundings.token_transport = patient;
  patient->then(dated(200, R"({"AccessKeyId":"ASIATASK","SecretAccessKey":"cktest-container-secret-1",)"
                           R"("Token":"cktest-container-token-1","Expiration":"2026-11-23T07:00:00Z"})"));
  const auto found = aws::make_credential_chain({}, surroundings)->get({});
  REQUIRE_MESSAGE(found, found.error().to_string());
  CHECK(found->access_key_id == "ASIATASK");
  CHECK(patient->sent().size() == 1);
}

TEST_CASE("the chain looks once, and again when its credentials were refused") {
  FakeSurroundings f;
  const auto chain = f.chain("dev");
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
  FakeSurroundings f;
  f.credentials(kDevKeys);
  const Context context = Context::cancellable();
  context.cancel();
  const auto found = f.chain("dev")->get(context);
  REQUIRE_FALSE(found);
  CHECK(found.error().code == ErrorCode::cancelled);
  CHECK(f.reads == 0);
}

TEST_CASE("threads that ask a fresh chain at once make it look once") {
  FakeSurroundings f;
  f.credentials(kDevKeys);
  const auto chain = f.chain("dev");
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
