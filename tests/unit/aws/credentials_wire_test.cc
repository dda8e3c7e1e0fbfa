// From the files of a home to the wire: simulated SSO, STS and S3, over real connections.
#include "core/time.h"
#include "faults/scripted_server.h"
#include "support/contains.h"
#include "support/home.h"
#include "support/stopwatch.h"

#include <cloudkit/aws.h>
#include <cloudkit/log.h>
#include <cloudkit/open.h>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <chrono>
#include <mutex>
#include <string>
#include <vector>

using namespace cloudkit;
using namespace std::chrono_literals;
using faults::reply;
using faults::ScriptedServer;

namespace {

std::string in_an_hour() {
  return core::format_rfc3339(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + 1h);
}

std::string role_reply(const std::string& action, const std::string& id, const std::string& expiration = in_an_hour()) {
  return reply(200, "<" + action + "Response><" + action + "Result><Credentials><AccessKeyId>" + id +
                        "</AccessKeyId><SecretAccessKey>cktest-wirests1-secret-1</"
                        "SecretAccessKey><SessionToken>cktest-wiretoken1-secret-1"
                        "</SessionToken><Expiration>" +
                        expiration + "</Expiration></Credentials></" + action + "Result></" + action + "Response>");
}

using ::test::contains;

struct CredentialsWireFixture {
  ::test::Home home;
  ScriptedServer sso;
  ScriptedServer sts;
  ScriptedServer s3;
  std::mutex mutex;
  std::string log;

  CredentialsWireFixture() {
    set_log_sink(
        [this](const LogRecord& record) {
          const std::scoped_lock lock(mutex);
          log += record.message;
          for (const LogField& field : record.fields) log += " " + std::string(field.value);
          log += '\n';
        },
        LogLevel::trace);
  }
  ~CredentialsWireFixture() {
    set_log_sink({});
    CHECK_FALSE(contains(log, "cktest-"));
  }
  CredentialsWireFixture(const CredentialsWireFixture&) = delete;
  CredentialsWireFixture& operator=(const CredentialsWireFixture&) = delete;

  std::string services() const {
    return "[services local]\nsso =\n  endpoint_url = http://" + sso.host() + "\nsso_oidc =\n  endpoint_url = http://" +
           sso.host() + "\nsts =\n  endpoint_url = http://" + sts.host() + "\ns3 =\n  endpoint_url = http://" +
           s3.host() + "\n";
  }
  void sso_home(const std::string& more) {
    home.write(".aws/config",
               "[profile dev]\nregion = us-east-1\nservices = local\nsso_session = corp\nsso_account_id = "
               "123456789012\nsso_role_name = Reader\n" +
                   more + "[sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://corp.test/start\n" +
                   services());
    home.set("AWS_PROFILE", "dev");
  }
  // The cache's name is the SHA-1 of "corp".
  static constexpr const char* kTokenFile = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
  void login(const std::string& expires) {
    home.write(kTokenFile, R"({"accessToken":"cktest-wireaccess1-secret-1","expiresAt":")" + expires +
                               R"(","clientId":"id","clientSecret":"cktest-wireclient1-secret-1","refreshToken":)"
                               R"("cktest-wirerefresh1-secret-1","registrationExpiresAt":"2200-01-01T00:00:00Z"})");
  }
  std::string sso_keys() const {
    const auto end = std::chrono::system_clock::now() + 1h;
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(end.time_since_epoch()).count();
    return reply(200, R"({"roleCredentials":{"accessKeyId":"ASIASSO","secretAccessKey":"cktest-wiresso1-secret-1",)"
                      R"("sessionToken":"cktest-wiretoken2-secret-1","expiration":)" +
                          std::to_string(milliseconds) + "}}");
  }
  Error fails(const Result<Credentials>& found) {
    REQUIRE_FALSE(found);
    CHECK_FALSE(contains(found.error().to_string(), "cktest-"));
    return found.error();
  }
};

}  // namespace

TEST_CASE_FIXTURE(CredentialsWireFixture, "who has an SSO login only stores an object") {
  sso_home("");
  login(in_an_hour());
  sso.then(sso_keys());
  s3.then(reply(200, "", "ETag: \"e1\"\r\n"));
  const auto bucket = open_bucket("s3://reports");
  REQUIRE(bucket);
  const auto put = bucket->put("k", "hello");
  CAPTURE((put ? std::string() : put.error().to_string()));
  REQUIRE(put);
  REQUIRE(sso.requests().size() == 1);
  CHECK(
      contains(sso.requests()[0], "GET /federation/credentials?account_id=123456789012&role_name=Reader HTTP/1.1\r\n"));
  CHECK(contains(sso.requests()[0], "x-amz-sso_bearer_token: cktest-wireaccess1-secret-1\r\n"));
  CHECK(contains(s3.requests().at(0), "Credential=ASIASSO/"));
  CHECK(contains(s3.requests().at(0), "x-amz-security-token: cktest-wiretoken2-secret-1\r\n"));
}

TEST_CASE_FIXTURE(CredentialsWireFixture,
                  "a login about to end is renewed on disk, and its role assumes the next one") {
  home.set("AWS_PROFILE", "deploy");
  sso_home(
      "[profile deploy]\nregion = us-east-1\nservices = local\nrole_arn = arn:aws:iam::1:role/deploy\n"
      "source_profile = dev\n");
  home.set("AWS_PROFILE", "deploy");
  login(core::format_rfc3339(std::chrono::system_clock::now() + 1min));
  sso.then(reply(
      200,
      R"({"accessToken":"cktest-wireaccess2-secret-1","expiresIn":28800,"refreshToken":"cktest-wirerefresh2-secret-1"})"));
  sso.then(sso_keys());
  sts.then(role_reply("AssumeRole", "ASIAROLE"));
  const auto found = aws::default_credentials()->get({});
  CAPTURE((found ? std::string() : found.error().to_string()));
  REQUIRE(found);
  CHECK(found->access_key_id == "ASIAROLE");
  CHECK(contains(sso.requests().at(0), "POST /token HTTP/1.1\r\n"));
  CHECK(contains(sso.requests().at(0), R"("refreshToken":"cktest-wirerefresh1-secret-1")"));
  CHECK(contains(sso.requests().at(1), "x-amz-sso_bearer_token: cktest-wireaccess2-secret-1\r\n"));
  CHECK(contains(sts.requests().at(0), "Credential=ASIASSO/"));
  CHECK(contains(home.read(kTokenFile), R"("accessToken":"cktest-wireaccess2-secret-1")"));
  struct stat info{};
  REQUIRE(::stat(home.path(kTokenFile).c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600U);
}

TEST_CASE_FIXTURE(CredentialsWireFixture,
                  "keys that S3 calls expired are fetched anew once, and the request sent again") {
  home.write("token", "cktest-wirejwt1-secret-1");
  home.write(".aws/config", "[default]\nregion = us-east-1\nservices = local\n" + services());
  home.set("AWS_WEB_IDENTITY_TOKEN_FILE", home.path("token"));
  home.set("AWS_ROLE_ARN", "arn:aws:iam::1:role/pod");
  sts.then(role_reply("AssumeRoleWithWebIdentity", "ASIAONE"));
  sts.then(role_reply("AssumeRoleWithWebIdentity", "ASIATWO"));
  s3.then(reply(400, "<Error><Code>ExpiredToken</Code><Message>m</Message></Error>"));
  s3.then(reply(200, "", "ETag: \"e1\"\r\n"));
  CHECK(open_bucket("s3://reports").value().put("k", "v"));
  CHECK(sts.requests().size() == 2);
  CHECK(contains(sts.requests().at(0), "\r\n\r\nAction=AssumeRoleWithWebIdentity&Version=2011-06-15&"));
  CHECK_FALSE(contains(sts.requests().at(0), "uthorization: "));
  CHECK(contains(s3.requests().at(0), "Credential=ASIAONE/"));
  CHECK(contains(s3.requests().at(1), "Credential=ASIATWO/"));
}

TEST_CASE_FIXTURE(CredentialsWireFixture,
                  "an object's error says which service refused the credentials, and what to do") {
  sso_home("");
  const auto put = open_bucket("s3://reports").value().put("k", "v");
  REQUIRE_FALSE(put);
  CHECK(put.error().to_string() == "put s3://reports/k: unauthenticated, " + s3.host() +
                                       ": profile \"dev\" has no SSO login: there is no " + home.path(kTokenFile) +
                                       "\n  hint: run: aws sso login --profile dev");
  CHECK(s3.requests().empty());
}

TEST_CASE_FIXTURE(CredentialsWireFixture,
                  "a service that breaks what it can gives an error in time, and no secret away") {
  home.write(".aws/config", "[default]\nregion = us-east-1\nservices = local\n" + services());
  aws::AssumeRoleOptions options;
  options.role_arn = "arn:aws:iam::1:role/x";
  options.credentials = aws::explicit_credentials({"AKIAWIRE", "cktest-wireown1-secret-1", {}, {}, {}, {}});
  const auto ask = [&](faults::Script script, std::chrono::milliseconds limit = 30s) {
    sts.always(std::move(script));
    const auto started = std::chrono::steady_clock::now();
    Error error = fails(aws::assume_role(options)->get(Context::with_timeout(limit)));
    CHECK(std::chrono::steady_clock::now() - started < ::test::kSoon);
    return error;
  };
  CHECK(ask({faults::stall()}, 400ms).code == ErrorCode::timeout);
  CHECK(ask({faults::send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<Assume"), faults::stall()}, 400ms).code ==
        ErrorCode::timeout);
  CHECK(ask({faults::reset()}).code == ErrorCode::unavailable);
  CHECK(contains(ask({faults::send("cktest-wire garbage\r\n\r\n"), faults::close()}).message, " at 127.0.0.1:"));
  CHECK(ask(reply(200, std::string(1 << 20, 'x'))).message.find("assume arn:aws:iam::1:role/x at 127.0.0.1:") == 0);
  CHECK(contains(ask(reply(200, "cktest-wire garbage")).message, "the reply is not one of STS: "));
  CHECK(contains(ask(role_reply("AssumeRole", "ASIA&#13;&#10;Evil: 1")).message, "hold a control character"));
  CHECK(contains(ask(role_reply("AssumeRole", "ASIA", "2001-01-01T00:00:00Z")).message,
                 "expired at 2001-01-01T00:00:00Z"));
  CHECK(ask(reply(302, "", "Location: http://evil.test/\r\n")).http_status == 302);
}

TEST_CASE_FIXTURE(CredentialsWireFixture, "plain http to another machine is refused before anything is sent") {
  home.write(".aws/config", "[default]\nregion = us-east-1\n");
  home.set("AWS_ENDPOINT_URL_STS", "http://sts.evil.test");
  aws::CallerIdentityOptions options;
  options.credentials = aws::explicit_credentials({"AKIAWIRE", "cktest-wireown1-secret-1", {}, {}, {}, {}});
  const auto identity = aws::caller_identity(options);
  REQUIRE_FALSE(identity);
  CHECK(identity.error().code == ErrorCode::invalid_argument);
  CHECK(contains(identity.error().message, "plain http to sts.evil.test would show the data to everyone on the way"));
}

TEST_CASE_FIXTURE(CredentialsWireFixture, "whose the credentials are, STS says") {
  home.write(".aws/config", "[default]\nregion = us-east-1\nservices = local\n" + services());
  home.write(".aws/credentials",
             "[default]\naws_access_key_id = AKIAWIRE\naws_secret_access_key = cktest-wireown1-secret-1\n");
  sts.then(reply(200,
                 "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ada</Arn>"
                 "<UserId>AIDA</UserId><Account>123456789012</Account></GetCallerIdentityResult>"
                 "</GetCallerIdentityResponse>"));
  const auto identity = aws::caller_identity();
  REQUIRE(identity);
  CHECK(identity->arn == "arn:aws:iam::123456789012:user/ada");
}
