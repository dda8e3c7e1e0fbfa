#include "aws/credentials/credentials_json.h"

#include "environment.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace cloudkit;

namespace {

Result<Credentials> process(std::string_view json) { return aws::read_process_credentials(json, kNow); }
Result<Credentials> metadata(std::string_view json) { return aws::read_metadata_credentials(json, kNow); }

std::string json_problem(const Result<Credentials>& read) {
  REQUIRE_FALSE(read);
  CHECK(read.error().code == ErrorCode::unauthenticated);
  CHECK(read.error().to_string().find("cktest-credentialsjson-secret-1") == std::string::npos);
  return read.error().message;
}

// What a metadata service sends, with one member of it replaced.
std::string reply_with(std::string_view name, std::string value) {
  std::vector<std::pair<std::string, std::string>> members = {
      {"Code", "\"Success\""},
      {"AccessKeyId", "\"ASIA\""},
      {"SecretAccessKey", "\"cktest-credentialsjson-secret-1\""},
      {"Token", "\"cktest-credentialsjson-token-1\""},
      {"Expiration", "\"2026-11-23T07:00:00Z\""}};
  std::string json = "{";
  for (auto& [key, text] : members) {
    if (key == name) text = value;
    if (!text.empty()) json += (json.size() == 1 ? "\"" : ",\"") + key + "\":" + text;
  }
  return json + "}";
}

}  // namespace

TEST_CASE("the answer of a program is read") {
  const auto full = process(R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"S","SessionToken":"T",)"
                            R"("Expiration":"2026-11-23T02:00:00+00:00","AccountId":"123456789012","Other":[1]})");
  REQUIRE(full);
  CHECK(full->access_key_id == "A");
  CHECK(full->secret_access_key == "S");
  CHECK(full->session_token == "T");
  CHECK(full->expires == core::parse_rfc3339("2026-11-23T02:00:00Z"));
  CHECK(full->account_id == "123456789012");

  const auto keys = process(R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"S","SessionToken":null})");
  REQUIRE(keys);
  CHECK(keys->session_token.empty());
  CHECK_FALSE(keys->expires);
  CHECK(keys->account_id.empty());
}

TEST_CASE("the answer of a program that is anything else is refused with the reason") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "the reply is empty where JSON was expected"},
      {"[]", "the JSON is not an object"},
      {"{}", "Version is not 1"},
      {R"({"Version":"1","AccessKeyId":"A","SecretAccessKey":"S"})", "Version is not 1"},
      {R"({"Version":1.0,"AccessKeyId":"A","SecretAccessKey":"S"})", "Version is not 1"},
      {R"({"Version":1,"SecretAccessKey":"cktest-credentialsjson-secret-1"})", "AccessKeyId is missing or empty"},
      {R"({"Version":1,"AccessKeyId":7,"SecretAccessKey":"cktest-credentialsjson-secret-1"})",
       "AccessKeyId is not a string"},
      {R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":""})", "SecretAccessKey is missing or empty"},
      {R"({"Version":1,"AccessKeyId":"A\r\nX: y","SecretAccessKey":"S"})", "AccessKeyId has control characters"},
      {R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"cktest-credentialsjson-secret-1\u0000"})",
       "SecretAccessKey has control characters"},
      {R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"S","SessionToken":"cktest-credentialsjson-secret-1\n"})",
       "SessionToken has control characters"},
      {R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"S","Expiration":"cktest-credentialsjson-secret-1"})",
       "Expiration is not a time such as 2026-11-23T01:00:00Z"},
      {R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"S","Expiration":1795395600})",
       "Expiration is not a string"},
      {R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"S","SecretAccessKey":"cktest-credentialsjson-secret-1"})",
       "the JSON gives the same name twice in an object"},
      {R"({"Version":1,"AccessKeyId":"cktest-credentialsjson-secret-1)", "the JSON is cut off"},
      {"cktest-credentialsjson-secret-1", "not JSON: unexpected text at byte 1"},
  };
  for (const auto& test : cases) {
    CAPTURE(test.first);
    CHECK(json_problem(process(test.first)) == test.second);
  }
}

TEST_CASE("keys that have expired are refused, to the moment, beside the clock that says so") {
  const auto with = [](std::string end) {
    return process(R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"S","Expiration":")" + end + "\"}");
  };
  CHECK(with("2026-11-23T01:00:00.001Z"));
  CHECK(with("9999-12-31T23:59:59Z"));
  const auto expired = with("2026-11-23T01:00:00Z");
  CHECK(json_problem(expired) == "the keys expired at 2026-11-23T01:00:00Z");
  CHECK(expired.error().hint == "this machine's clock says 2026-11-23T01:00:00Z");
}

TEST_CASE("the reply of a metadata service is read") {
  const auto read = metadata(reply_with("AccountId", ""));
  REQUIRE(read);
  CHECK(read->access_key_id == "ASIA");
  CHECK(read->secret_access_key == "cktest-credentialsjson-secret-1");
  CHECK(read->session_token == "cktest-credentialsjson-token-1");
  CHECK(read->expires == core::parse_rfc3339("2026-11-23T07:00:00Z"));
  // Containers send no code.
  CHECK(metadata(reply_with("Code", "")));
}

TEST_CASE("a metadata service that lies is refused with the reason") {
  CHECK(json_problem(metadata(reply_with("Token", ""))) == "Token is missing or empty");
  CHECK(json_problem(metadata(reply_with("Expiration", ""))) == "Expiration is missing or empty");
  CHECK(json_problem(metadata(reply_with("Expiration", "\"2026-11-23T00:59:59Z\""))) ==
        "the keys expired at 2026-11-23T00:59:59Z");
  CHECK(json_problem(metadata(reply_with("Token", R"("cktest-credentialsjson-secret-1\r\nHost: evil")"))) ==
        "Token has control characters");
  CHECK(json_problem(metadata(reply_with("Code", "\"AssumeRoleUnauthorizedAccess\""))) ==
        "its code is not Success, but AssumeRoleUnauthorizedAccess");
  CHECK(json_problem(metadata(reply_with("Code", "\"cktest-credentialsjson-secret-1-1\""))) ==
        "its code is not Success, but something else");
  CHECK(json_problem(metadata(reply_with("Code", "null"))) == "its code is not Success, but something else");
  CHECK(json_problem(metadata("<html>cktest-credentialsjson-secret-1</html>")) ==
        "not JSON: unexpected text at byte 1");
  CHECK(json_problem(metadata(std::string(2 << 20, '['))) == "the JSON has 2097152 bytes; the limit is 1048576");
}

TEST_CASE("an account that is not twelve digits is not believed") {
  const auto account = [](const std::string& value) {
    return process(R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"S","AccountId":)" + value + "}")
        .value()
        .account_id;
  };
  CHECK(account("\"012345678901\"") == "012345678901");
  CHECK(account("\"1234\"").empty());
  CHECK(account("\"12345678901\\n\"").empty());
  CHECK(account("123456789012").empty());
}
