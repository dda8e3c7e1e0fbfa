// Workload identity: another provider's token becomes one of Google's.
#include "core/encode.h"
#include "core/form.h"
#include "surroundings.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

using namespace cloudkit;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

std::map<std::string, std::string> exchanged(const std::string& body) {
  const auto pairs = core::parse_form(body);
  return {pairs.begin(), pairs.end()};
}

json external_with(const json& source) {
  json file = external_file();
  file["credential_source"] = source;
  return file;
}

}  // namespace

TEST_CASE_FIXTURE(GoogleSurroundings, "the token in a file is exchanged at the token service") {
  files["/run/token"] = " cktest-subject-1\n";
  answer_token();
  const auto token = identity(external_file())->get({});
  REQUIRE(token);
  CHECK(token->source == "a federated identity, the credentials in JSON");
  CHECK(services->sent().at(0).host == "sts.googleapis.com");
  CHECK(exchanged(body(0)) ==
        std::map<std::string, std::string>{
            {"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
            {"audience", "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/p"},
            {"scope", "https://www.googleapis.com/auth/cloud-platform"},
            {"requested_token_type", "urn:ietf:params:oauth:token-type:access_token"},
            {"subject_token_type", "urn:ietf:params:oauth:token-type:jwt"},
            {"subject_token", "cktest-subject-1"}});
}

TEST_CASE_FIXTURE(GoogleSurroundings, "the file is read anew for each token: whoever issues it replaces it") {
  files["/run/token"] = "cktest-subject-1";
  answer_token("cktest-access-1");
  answer_token("cktest-access-2");
  const auto external = identity(external_file());
  REQUIRE(external->get({}));
  files["/run/token"] = "cktest-subject-2";
  time += 56min;
  CHECK(external->get({})->value == "cktest-access-2");
  CHECK(exchanged(body(1)).at("subject_token") == "cktest-subject-2");
}

TEST_CASE_FIXTURE(GoogleSurroundings, "a file in JSON has the token in a member") {
  const auto external = identity(external_with(
      {{"file", "/run/token"}, {"format", {{"type", "json"}, {"subject_token_field_name", "id_token"}}}}));
  files["/run/token"] = R"({"id_token":"cktest-subject-1"})";
  answer_token();
  REQUIRE(external->get({}));
  CHECK(exchanged(body(0)).at("subject_token") == "cktest-subject-1");
}

TEST_CASE_FIXTURE(GoogleSurroundings, "a subject token that is not there says where it was looked for") {
  const auto why = [&](const json& source) {
    const Error error = error_of(identity(external_with(source))->get({}));
    CHECK(error.code == ErrorCode::unauthenticated);
    return error.message;
  };
  const json text = {{"file", "/run/token"}};
  const json in_json = {{"file", "/run/token"},
                        {"format", {{"type", "json"}, {"subject_token_field_name", "id_token"}}}};
  CHECK(why(text) == "the credentials in JSON: the subject token's file /run/token does not exist");
  files["/run/token"] = "(broken)";
  CHECK(why(text) ==
        "the credentials in JSON: the subject token's file /run/token cannot be read: read /run/token: Input/output "
        "error");
  files["/run/token"] = " \n";
  CHECK(why(text) == "the credentials in JSON: the subject token's file /run/token has an empty token");
  files["/run/token"] = std::string(70'000, 'x');
  CHECK(why(text) ==
        "the credentials in JSON: the subject token's file /run/token has a token that is longer than any");
  files["/run/token"] = "cktest-subject-1";
  CHECK(::test::contains(why(in_json), "the subject token's file /run/token has no JSON: "));
  files["/run/token"] = R"({"other":"cktest-subject-1"})";
  CHECK(why(in_json) ==
        "the credentials in JSON: the subject token's file /run/token has no text in the member id_token");
  CHECK(services->sent().empty());
}

TEST_CASE_FIXTURE(GoogleSurroundings, "a URL nearby is asked without a proxy, one far away as everything else") {
  metadata->then(testing::reply(200, {}, R"({"access_token":"cktest-subject-1"})"));
  answer_token();
  const json format = {{"type", "json"}, {"subject_token_field_name", "access_token"}};
  REQUIRE(identity(external_with({{"url", "http://169.254.169.254/metadata/identity/oauth2/token?resource=x"},
                                  {"headers", {{"Metadata", "True"}}},
                                  {"format", format}}))
              ->get({}));
  REQUIRE(metadata->sent().size() == 1);
  CHECK(metadata->sent()[0].headers.get("metadata") == "True");
  CHECK(metadata->sent()[0].query == http::Query{{"resource", "x"}});
  CHECK(exchanged(body(0)).at("subject_token") == "cktest-subject-1");

  answer(200, "cktest-subject-2");
  answer_token();
  REQUIRE(identity(external_with({{"url", "https://token.test/me"}}))->get({}));
  CHECK(exchanged(body(2)).at("subject_token") == "cktest-subject-2");

  quiet_log();
  metadata->then(testing::reply(403, {}, "cktest-page-1"));
  const Error error =
      error_of(identity(external_with({{"url", "http://169.254.169.254/metadata/identity/oauth2/token"}}))->get({}));
  CHECK(error.code == ErrorCode::unauthenticated);
  CHECK(error.message == "the credentials in JSON: the subject token's endpoint 169.254.169.254: it answered 403");
}

TEST_CASE_FIXTURE(GoogleSurroundings, "in AWS a signed question of who we are is the token") {
  const json aws = {{"environment_id", "aws1"},
                    {"regional_cred_verification_url",
                     "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"}};
  json file = external_with(aws);
  file["subject_token_type"] = "urn:ietf:params:aws:token-type:aws4_request";
  const Error error = error_of(identity(file)->get({}));
  CHECK(error.code == ErrorCode::unauthenticated);
  CHECK(
      error.message ==
      "the credentials in JSON: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION are not set, and cloudkit asks "
      "nothing else of AWS for Google");

  variables["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE";
  variables["AWS_SECRET_ACCESS_KEY"] = "cktest-aws-1";
  variables["AWS_SESSION_TOKEN"] = "cktest-session-1";
  variables["AWS_REGION"] = "eu-west-1";
  answer_token();
  REQUIRE(identity(file)->get({}));
  const auto token = json::parse(core::percent_decode(exchanged(body(0)).at("subject_token")).value());
  CHECK(token["url"] == "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15");
  CHECK(token["method"] == "POST");
  std::map<std::string, std::string> headers;
  for (const auto& header : token["headers"])
    headers[core::to_lower(header["key"].get<std::string>())] = header["value"];
  CHECK(headers["host"] == "sts.eu-west-1.amazonaws.com");
  CHECK(headers["x-amz-date"] == "20261123T010000Z");
  CHECK(headers["x-amz-security-token"] == "cktest-session-1");
  CHECK(headers["x-goog-cloud-target-resource"] == external_file()["audience"]);
  CHECK(::test::contains(headers["authorization"], "Credential=AKIDEXAMPLE/20261123/eu-west-1/sts/aws4_request"));
  CHECK(::test::contains(headers["authorization"],
                         "SignedHeaders=host;x-amz-date;x-amz-security-token;x-goog-cloud-target-resource"));
  CHECK_FALSE(::test::contains(body(0), "cktest-aws-1"));

  variables["AWS_REGION"] = "eu-west-1.evil.test/";
  CHECK(error_of(identity(file)->get({})).code == ErrorCode::unauthenticated);
}

TEST_CASE_FIXTURE(GoogleSurroundings, "workforce pools name a project, or a client") {
  files["/run/token"] = "cktest-subject-1";
  json file = external_file();
  file["workforce_pool_user_project"] = "project-9";
  answer_token();
  REQUIRE(identity(file)->get({}));
  CHECK(exchanged(body(0)).at("options") == R"({"userProject":"project-9"})");
  file["client_id"] = "client";
  file["client_secret"] = "cktest-client-1";
  answer_token();
  REQUIRE(identity(file)->get({}));
  CHECK(exchanged(body(1)).count("options") == 0);
  CHECK(services->sent()[1].headers.get("authorization") == "Basic " + core::base64_encode("client:cktest-client-1"));
}

TEST_CASE_FIXTURE(GoogleSurroundings, "a wrong audience and a stale token are told apart") {
  quiet_log();
  files["/run/token"] = "cktest-subject-1";
  const auto external = identity(external_file());
  answer(
      400,
      R"({"error":"invalid_target","error_description":"The target service indicated by the \"audience\" parameters is invalid."})");
  const Error audience = error_of(external->get({}));
  CHECK(audience.code == ErrorCode::unauthenticated);
  CHECK(audience.hint == "audience in the file names a pool and its provider, which must exist and be enabled");
  answer(
      400,
      R"({"error":"invalid_grant","error_description":"ID Token issued at 1 is stale to sign-in: cktest-subject-1"})");
  const Error stale = error_of(external->get({}));
  CHECK(stale.message ==
        "the credentials in JSON: sts.googleapis.com: invalid_grant: ID Token issued at 1 is stale to sign-in: ...");
  CHECK(stale.hint == "the other provider's token is not for this audience, or has expired");
}

TEST_CASE_FIXTURE(GoogleSurroundings, "a federated identity without a service account signs nothing") {
  const Error error = error_of(identity(external_file())->sign("x", {}));
  CHECK(error.code == ErrorCode::unsupported);
  CHECK(error.message == "the credentials in JSON is a federated identity without a service account");
  CHECK(error.hint == "a service_account_impersonation_url in the file makes it act as one");
}

TEST_CASE_FIXTURE(GoogleSurroundings, "with a service account it acts as that one, and signs by it") {
  files["/run/token"] = "cktest-subject-1";
  json file = external_file();
  file["service_account_impersonation_url"] = kImpersonationUrl;
  const auto external = gcp::make_json_identity(file.dump(), surroundings(), {"scope-a"});
  answer_token("cktest-federated-1");
  answer(200, R"({"accessToken":"cktest-access-1","expireTime":"2026-11-23T02:00:00Z"})");
  answer(200, R"({"keyId":"k","signedBlob":"c2lnbmVk"})");
  const auto token = external->get({});
  REQUIRE(token);
  CHECK(token->value == "cktest-access-1");
  CHECK(exchanged(body(0)).at("scope") == "https://www.googleapis.com/auth/cloud-platform");
  CHECK(json::parse(body(1)) == json{{"scope", {"scope-a"}}, {"lifetime", "3600s"}});
  const auto signature = external->sign("x", {});
  REQUIRE(signature);
  CHECK(signature->account == "robot@project-1.iam.gserviceaccount.com");
  CHECK(signature->bytes == "signed");
  CHECK(services->sent().size() == 3);
}
