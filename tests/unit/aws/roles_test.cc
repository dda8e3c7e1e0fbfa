#include "aws/credentials/sources.h"
#include "support/more_time.h"
#include "support/stopwatch.h"
#include "surroundings.h"

#include <cloudkit/aws.h>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace cloudkit;
using namespace std::chrono_literals;
using testing::reply;

namespace {

constexpr const char* kRole = "arn:aws:iam::123456789012:role/deploy";

// Remembers the bodies too, which are gone with their requests.
struct RolesFixture : FakeSurroundings {
  std::vector<std::string> forms = {};

  // By a service whose clock is `ahead` of ours.
  RolesFixture& answers(int status, std::string body, std::chrono::seconds ahead = 0s) {
    services->then([=, this](const http::Request& request, http::BodyReceiver*, const Context&) {
      forms.emplace_back(request.body.view());
      http::Exchange exchange;
      exchange.request_sent = exchange.reply_started = true;
      exchange.response.status = status;
      exchange.response.body = body;
      exchange.response.headers.add("Date", core::format_http_date(time + ahead));
      return exchange;
    });
    return *this;
  }
  std::string signed_by(std::size_t request) const {
    const std::string text(services->sent().at(request).headers.get("authorization"));
    const auto begin = text.find("Credential=") + 11;
    return text.empty() ? text : text.substr(begin, text.find('/', begin) - begin);
  }
  std::string host(std::size_t request) const { return services->sent().at(request).host; }
};

constexpr const char* kDeploy =
    "[profile deploy]\nrole_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = base\nregion = eu-west-1\n"
    "role_session_name = me\nexternal_id = partner\nduration_seconds = 900\n"
    "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = cktest-base-secret-1\n";

}  // namespace

TEST_CASE_FIXTURE(RolesFixture, "a profile's role is assumed with its source's keys, where the profile's region is") {
  config(kDeploy);
  answers(200, sts_reply("AssumeRole", "ASIADEPLOY"));
  const auto found = get("deploy");
  REQUIRE(found);
  CHECK(found->access_key_id == "ASIADEPLOY");
  CHECK(found->account_id == "123456789012");
  CHECK(found->source == "profile \"deploy\", the role arn:aws:iam::123456789012:role/deploy");
  CHECK(host(0) == "sts.eu-west-1.amazonaws.com");
  CHECK(signed_by(0) == "AKIABASE");
  CHECK(services->sent()[0].headers.get("authorization").find("/eu-west-1/sts/aws4_request") != std::string::npos);
  CHECK(
      forms[0] ==
      "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fdeploy&RoleSessionName="
      "me&DurationSeconds=900&ExternalId=partner");
}

TEST_CASE_FIXTURE(RolesFixture, "roles are assumed one with another's keys") {
  config(
      "[profile a]\nrole_arn = arn:a\nsource_profile = b\n[profile b]\nrole_arn = arn:b\nsource_profile = c\n"
      "[profile c]\naws_access_key_id = AKIAC\naws_secret_access_key = cktest-base-secret-1\n");
  answers(200, sts_reply("AssumeRole", "ASIAB")).answers(200, sts_reply("AssumeRole", "ASIAA"));
  CHECK(get("a").value().access_key_id == "ASIAA");
  CHECK(signed_by(0) == "AKIAC");
  CHECK(signed_by(1) == "ASIAB");
  CHECK(services->sent()[1].headers.get("x-amz-security-token") == "cktest-token-secret-ASIAB");
}

TEST_CASE_FIXTURE(RolesFixture, "without a region STS is where the role's partition has its middle") {
  const auto host_for = [this](const std::string& arn) {
    config("[profile r]\nrole_arn = " + arn +
           "\nsource_profile = k\n[profile k]\naws_access_key_id = AKIA\n"
           "aws_secret_access_key = cktest-base-secret-1\n");
    answers(200, sts_reply("AssumeRole", "ASIA"));
    CHECK(get("r"));
    return services->sent().back().host;
  };
  CHECK(host_for("arn:aws:iam::1:role/x") == "sts.us-east-1.amazonaws.com");
  CHECK(host_for("arn:aws-cn:iam::1:role/x") == "sts.cn-northwest-1.amazonaws.com.cn");
  CHECK(host_for("arn:aws-us-gov:iam::1:role/x") == "sts.us-gov-west-1.amazonaws.com");
  CHECK(host_for("nonsense") == "sts.us-east-1.amazonaws.com");
  auto elsewhere = surroundings();
  elsewhere.region = "eu-north-1";
  answers(200, sts_reply("AssumeRole", "ASIA"));
  CHECK(aws::make_credential_chain("r", elsewhere)->get({}));
  CHECK(services->sent().back().host == "sts.eu-north-1.amazonaws.com");
  variables["AWS_REGION"] = "ap-southeast-2";
  CHECK(host_for("arn:aws:iam::1:role/x") == "sts.ap-southeast-2.amazonaws.com");
}

TEST_CASE_FIXTURE(RolesFixture, "a refusal names profile, role and service, and what to look at") {
  config(kDeploy);
  answers(403, sts_error("AccessDenied", "User: arn:aws:iam::1:user/x is not authorized to perform: sts:AssumeRole"));
  const Error refused = error("deploy");
  CHECK(refused.code == ErrorCode::permission_denied);
  CHECK(refused.service_code == "AccessDenied");
  CHECK(refused.message ==
        "profile \"deploy\": assume arn:aws:iam::123456789012:role/deploy at sts.eu-west-1.amazonaws.com: User: "
        "arn:aws:iam::1:user/x is not authorized to perform: sts:AssumeRole");
  CHECK(refused.hint ==
        "the role's trust policy must name who assumes it, and a policy of theirs must allow sts:AssumeRole");
}

TEST_CASE_FIXTURE(RolesFixture, "keys that STS sent are used only when they are whole") {
  config(kDeploy);
  answers(200, sts_reply("AssumeRole", "ASIA&#13;&#10;X-Evil: 1"));
  CHECK(error("deploy").message ==
        "profile \"deploy\": the credentials from sts.eu-west-1.amazonaws.com hold a control character");
  answers(200, sts_reply("AssumeRole", ""));
  CHECK(error("deploy").message ==
        "profile \"deploy\": the credentials from sts.eu-west-1.amazonaws.com have no access key id");
  answers(200, sts_reply("AssumeRole", "ASIA", "2026-11-23T01:00:00Z"));
  CHECK(
      error("deploy").message ==
      "profile \"deploy\": the credentials from sts.eu-west-1.amazonaws.com expired at 2026-11-23T01:00:00Z, and it is "
      "2026-11-23T01:00:00Z there");
  answers(200, "<html>cktest-sts-secret-1</html>");
  CHECK(error("deploy").message ==
        "profile \"deploy\": assume arn:aws:iam::123456789012:role/deploy at sts.eu-west-1.amazonaws.com: the reply is "
        "not "
        "one of STS: it has no Credentials");
}

TEST_CASE_FIXTURE(RolesFixture, "a clock that is 20 minutes slow is corrected, and the keys live their hour") {
  config(kDeploy);
  answers(403, sts_error("SignatureDoesNotMatch", "Signature expired"), 20min);
  answers(200, sts_reply("AssumeRole", "ASIA", "2026-11-23T02:20:00Z"), 20min);
  const auto found = get("deploy");
  REQUIRE(found);
  CHECK(found->expires == time + 1h);
  CHECK(services->sent()[0].headers.get("x-amz-date") == "20261123T010000Z");
  CHECK(services->sent()[1].headers.get("x-amz-date") == "20261123T012000Z");
}

TEST_CASE_FIXTURE(RolesFixture, "a role's keys are renewed before they end, by the same way") {
  config(kDeploy);
  answers(200, sts_reply("AssumeRole", "ASIA1")).answers(200, sts_reply("AssumeRole", "ASIA2", "2026-11-23T03:00:00Z"));
  const auto source = chain("deploy");
  CHECK(source->get({})->access_key_id == "ASIA1");
  time += 54min;
  CHECK(source->get({})->access_key_id == "ASIA1");
  time += 1min;
  CHECK(source->get({})->access_key_id == "ASIA2");
  // Down for the rest of their life: the keys that there are go on.
  time += 61min;
  for (int i = 0; i < 4; ++i) answers(503, "");
  CHECK(source->get({})->access_key_id == "ASIA2");
  CHECK(warnings.back().starts_with("credentials could not be refreshed, using the old ones while they are valid"));
}

TEST_CASE_FIXTURE(RolesFixture, "a token of an identity provider is sent unsigned, and read anew each time") {
  variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/var/run/token";
  variables["AWS_ROLE_ARN"] = kRole;
  files["/var/run/token"] = "cktest-jwt1-secret-1\n";
  answers(200, sts_reply("AssumeRoleWithWebIdentity", "ASIA1"));
  answers(200, sts_reply("AssumeRoleWithWebIdentity", "ASIA2", "2026-11-23T03:00:00Z"));
  const auto source = chain();
  const auto found = source->get({});
  REQUIRE(found);
  CHECK(found->source == "the environment's web identity, the role arn:aws:iam::123456789012:role/deploy");
  CHECK(signed_by(0).empty());
  CHECK(forms[0] ==
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fdeploy&"
        "RoleSessionName=cloudkit-1795395600&WebIdentityToken=cktest-jwt1-secret-1");
  files["/var/run/token"] = "cktest-jwt2-secret-1\n";
  time += 56min;
  CHECK(source->get({})->access_key_id == "ASIA2");
  CHECK(forms[1].ends_with("WebIdentityToken=cktest-jwt2-secret-1"));
}

TEST_CASE_FIXTURE(RolesFixture, "a token file without a token is an error, and nobody else is asked") {
  variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/var/run/token";
  CHECK(error().message == "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not");
  variables["AWS_ROLE_ARN"] = kRole;
  const std::string prefix = "the environment's web identity: the web identity token file /var/run/token ";
  CHECK(error().message == prefix + "does not exist");
  CHECK(error().code == ErrorCode::unauthenticated);
  files["/var/run/token"] = " \n";
  CHECK(error().message == prefix + "is empty");
  files["/var/run/token"] = "cktest\njwt";
  CHECK(error().message == prefix + "holds control characters");
  files["/var/run/token"] = std::string(20'001, 'x');
  CHECK(error().message == prefix + "holds more than 20000 bytes");
  files["/var/run/token"] = "(broken)";
  CHECK(error().code == ErrorCode::io);
  CHECK(services->sent().empty());
}

TEST_CASE_FIXTURE(RolesFixture, "an identity provider that STS cannot reach is asked for again; a bad token is not") {
  variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/var/run/token";
  variables["AWS_ROLE_ARN"] = kRole;
  files["/var/run/token"] = "cktest-jwt1-secret-1";
  answers(400, sts_error("IDPCommunicationError", "try again"))
      .answers(200, sts_reply("AssumeRoleWithWebIdentity", "A"));
  CHECK(get());
  answers(400, sts_error("ExpiredTokenException", "Token expired: current date/time 1"));
  const Error expired = error();
  CHECK(expired.code == ErrorCode::unauthenticated);
  CHECK(expired.hint == "the identity token has expired: whoever writes its file has to renew it");
  CHECK(services->sent().size() == 3);
}

TEST_CASE_FIXTURE(RolesFixture, "a program assumes a role with keys of its own, or with those that there are") {
  aws::AssumeRoleOptions options;
  CHECK(aws::make_assume_role(options, surroundings())->get({}).error().message ==
        "AssumeRoleOptions::role_arn is empty");
  options.role_arn = kRole;
  options.region = "eu-central-1";
  options.credentials = aws::explicit_credentials({"AKIAOWN", "cktest-own-secret-1", {}, {}, {}, {}});
  answers(200, sts_reply("AssumeRole", "ASIA"));
  const auto own = aws::make_assume_role(options, surroundings());
  CHECK(services->sent().empty());
  CHECK(own->get({}).value().source == "the role arn:aws:iam::123456789012:role/deploy");
  CHECK(own->get({}));
  CHECK(services->sent().size() == 1);
  CHECK(host(0) == "sts.eu-central-1.amazonaws.com");
  CHECK(signed_by(0) == "AKIAOWN");
  options.credentials = nullptr;
  keys("AKIAENV", "cktest-env-secret-1");
  answers(200, sts_reply("AssumeRole", "ASIA"));
  CHECK(aws::make_assume_role(options, surroundings())->get({}));
  CHECK(signed_by(1) == "AKIAENV");
}

TEST_CASE_FIXTURE(RolesFixture, "a program's own web identity") {
  aws::WebIdentityOptions options;
  options.role_arn = kRole;
  CHECK(aws::make_web_identity(options, surroundings())->get({}).error().message ==
        "WebIdentityOptions::token_file is empty");
  options.token_file = "/token";
  options.session_name = "ci";
  options.duration = 900s;
  files["/token"] = "cktest-jwt1-secret-1";
  answers(200, sts_reply("AssumeRoleWithWebIdentity", "ASIA"));
  CHECK(aws::make_web_identity(options, surroundings())->get({}).value().access_key_id == "ASIA");
  CHECK(forms[0].ends_with("&RoleSessionName=ci&DurationSeconds=900&WebIdentityToken=cktest-jwt1-secret-1"));
}

TEST_CASE_FIXTURE(RolesFixture, "STS says whose the credentials are") {
  keys("AKIAENV", "cktest-env-secret-1");
  answers(
      200,
      "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ada</Arn><UserId>AIDA"
      "</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>");
  const auto identity = aws::ask_caller_identity({}, surroundings());
  REQUIRE(identity);
  CHECK(identity->account == "123456789012");
  CHECK(identity->arn == "arn:aws:iam::123456789012:user/ada");
  CHECK(forms[0] == "Action=GetCallerIdentity&Version=2011-06-15");
  CHECK(signed_by(0) == "AKIAENV");

  answers(403, sts_error("InvalidClientTokenId", "The security token included in the request is invalid."));
  const auto refused = aws::ask_caller_identity({}, surroundings());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::unauthenticated);
  CHECK(
      refused.error().message ==
      "ask who the credentials belong to at sts.us-east-1.amazonaws.com: The security token included in the request is "
      "invalid.");
  CHECK(refused.error().hint == "AWS does not know this access key: was it deleted, or is it of another partition?");
  variables.erase("AWS_ACCESS_KEY_ID");
  variables.erase("AWS_SECRET_ACCESS_KEY");
  CHECK(aws::ask_caller_identity({}, surroundings()).error().message.find("no credentials found.") !=
        std::string::npos);
}

TEST_CASE_FIXTURE(RolesFixture, "a cancelled or late call ends at once") {
  config(kDeploy);
  const auto waits = [](const Context& context) {
    http::Exchange exchange;
    exchange.status = context.wait_for(60s);
    return exchange;
  };
  CHECK(::test::with_more_time(50ms, [&](std::chrono::milliseconds limit) {
    bool asked = false;
    services = std::make_shared<testing::ScriptedTransport>([&](const auto&, auto*, const Context& context) {
      asked = true;
      return waits(context);
    });
    const ::test::Stopwatch watch;
    const auto late = chain("deploy")->get(Context::with_timeout(limit));
    REQUIRE_FALSE(late);
    CHECK(late.error().code == ErrorCode::timeout);
    if (!asked) return false;
    CHECK(watch.elapsed() < limit + ::test::kSoon);
    CHECK(late.error().message.starts_with("profile \"deploy\": assume "));
    return true;
  }));

  const Context cancelled = Context::cancellable();
  services = std::make_shared<testing::ScriptedTransport>([&](const auto&, auto*, const Context& context) {
    cancelled.cancel();
    return waits(context);
  });
  const ::test::Stopwatch watch;
  CHECK(chain("deploy")->get(cancelled).error().code == ErrorCode::cancelled);
  CHECK(watch.elapsed() < ::test::kSoon);
}
