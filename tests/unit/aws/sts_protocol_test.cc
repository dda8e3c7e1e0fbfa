#include "aws/sts/protocol.h"

#include "core/time.h"
#include "surroundings.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace std::chrono_literals;
namespace sts = cloudkit::aws::sts;

namespace {

http::Response response(int status, std::string body) {
  http::Response reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

Error refused_by_sts(int status, std::string body) {
  const auto failure = sts::classify_reply({}, response(status, std::move(body)), false);
  REQUIRE(failure);
  return failure->error;
}

http::Failure::Remedy remedy(int status, const std::string& code) {
  return sts::classify_reply({}, response(status, sts_error(code, "m")), false).value().remedy;
}

std::string role_problem(std::string body) {
  const auto read = sts::read_assumed_role(response(200, std::move(body)));
  REQUIRE_FALSE(read);
  CHECK(read.error().code == ErrorCode::unknown);
  CHECK(read.error().to_string().find("cktest-sts-secret-1") == std::string::npos);
  return read.error().message;
}

std::string without(std::string text, const std::string& element) {
  const auto begin = text.find("<" + element + ">");
  const auto end = text.find("</" + element + ">") + element.size() + 3;
  return text.erase(begin, end - begin);
}

}  // namespace

TEST_CASE("requests are forms, and say no more than they were told") {
  CHECK(sts::get_caller_identity_form() == "Action=GetCallerIdentity&Version=2011-06-15");
  CHECK(sts::assume_role_form({"arn:aws:iam::123456789012:role/a b", "me@work", {}, {}}) ==
        "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fa%20b&"
        "RoleSessionName=me%40work");
  CHECK(sts::assume_role_form({"r", "s", "x=1&y", 900s}) ==
        "Action=AssumeRole&Version=2011-06-15&RoleArn=r&RoleSessionName=s&DurationSeconds=900&ExternalId=x%3D1%26y");
  CHECK(sts::assume_role_with_web_identity_form({"r", "s", {}, 3600s}, "a.b+c/d=") ==
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=r&RoleSessionName=s&DurationSeconds=3600&"
        "WebIdentityToken=a.b%2Bc%2Fd%3D");
  const std::string form = sts::get_caller_identity_form();
  const http::Request request = sts::form_request({"http", "127.0.0.1:4566", "/base", true, true}, form);
  CHECK(request.method == http::Method::post);
  CHECK(request.scheme == "http");
  CHECK(request.host == "127.0.0.1:4566");
  CHECK(request.path == "/base/");
  CHECK(request.headers.get("content-type") == "application/x-www-form-urlencoded");
  CHECK(request.body.view() == form);
}

TEST_CASE("an assumed role is read from both calls' replies") {
  for (const char* action : {"AssumeRole", "AssumeRoleWithWebIdentity"}) {
    const auto keys = sts::read_assumed_role(response(200, sts_reply(action, "ASIA")));
    REQUIRE(keys);
    CHECK(keys->access_key_id == "ASIA");
    CHECK(keys->secret_access_key == "cktest-sts-secret-1");
    CHECK(keys->session_token == "cktest-token-secret-ASIA");
    CHECK(keys->expires == core::parse_rfc3339("2026-11-23T02:00:00Z"));
    CHECK(keys->account_id == "123456789012");
  }
}

TEST_CASE("a reply that STS cannot have sent is an error that shows nothing of it") {
  const std::string good = sts_reply("AssumeRole", "ASIA");
  CHECK(role_problem("") == "the reply is not one of STS: the reply is empty where XML was expected");
  CHECK(role_problem(good.substr(0, good.size() - 5)).starts_with("the reply is not one of STS: "));
  CHECK(role_problem("{\"AccessKeyId\":\"cktest-sts-secret-1\"}").starts_with("the reply is not one of STS: "));
  CHECK(role_problem("<!DOCTYPE x [<!ENTITY e \"cktest-sts-secret-1\">]><x>&e;</x>")
            .starts_with("the reply is not one of STS: "));
  CHECK(role_problem(std::string(70'000, ' ') + good).starts_with("the reply is not one of STS: "));
  CHECK(role_problem("<AssumeRoleResponse/>") == "the reply is not one of STS: it has no Credentials");
  CHECK(role_problem(without(good, "Credentials")) == "the reply is not one of STS: it has no Credentials");
  CHECK(role_problem(without(good, "SessionToken")) == "the reply is not one of STS: it has no SessionToken");
  CHECK(role_problem(without(good, "Expiration")) == "the reply is not one of STS: its Expiration is not a time");
  CHECK(role_problem(sts_reply("AssumeRole", "ASIA", "soon")) ==
        "the reply is not one of STS: its Expiration is not a time");
  // Whether the keys themselves may be used, `accept_credentials` decides.
  CHECK(sts::read_assumed_role(response(200, without(good, "AccessKeyId")))->access_key_id.empty());
}

TEST_CASE("an ARN in another form has no account") {
  std::string reply = sts_reply("AssumeRole", "ASIA");
  const std::string arn = "arn:aws:sts::123456789012:assumed-role/x/s";
  reply.replace(reply.find(arn), arn.size(), "nonsense");
  CHECK(sts::read_assumed_role(response(200, reply))->account_id.empty());
}

TEST_CASE("refusals have STS's code and words, and a hint") {
  const Error denied = refused_by_sts(403, sts_error("AccessDenied", "User: x is not authorized"));
  CHECK(denied.code == ErrorCode::permission_denied);
  CHECK(denied.service_code == "AccessDenied");
  CHECK(denied.message == "User: x is not authorized");
  CHECK(denied.request_id == "req-1");
  CHECK(denied.hint ==
        "the role's trust policy must name who assumes it, and a policy of theirs must allow sts:AssumeRole");
  CHECK(refused_by_sts(403, sts_error("InvalidClientTokenId", "m")).code == ErrorCode::unauthenticated);
  CHECK(refused_by_sts(400, sts_error("InvalidIdentityToken", "m")).code == ErrorCode::unauthenticated);
  CHECK(refused_by_sts(403, sts_error("RegionDisabledException", "m")).hint ==
        "this account has STS switched off in this region: set another one");
  CHECK(refused_by_sts(400, sts_error("ValidationError", "m")).code == ErrorCode::invalid_argument);
  CHECK(remedy(403, "SignatureDoesNotMatch") == http::Failure::Remedy::suspect_clock);
  CHECK(remedy(400, "IDPCommunicationError") == http::Failure::Remedy::retry);
  CHECK(remedy(400, "Throttling") == http::Failure::Remedy::retry_throttled);
  CHECK(remedy(400, "ExpiredTokenException") == http::Failure::Remedy::refresh_credentials);
}

TEST_CASE("refusals without STS's document have the status for a reason") {
  CHECK(refused_by_sts(503, "").message == "the service answered 503 and gave no reason");
  CHECK(refused_by_sts(503, "").code == ErrorCode::unavailable);
  CHECK(refused_by_sts(403, "<html><body>proxy</body></html>").code == ErrorCode::permission_denied);
  CHECK(refused_by_sts(400, sts_error("A\r\nB", "x\r\ny")).to_string().find('\r') == std::string::npos);
  CHECK_FALSE(sts::classify_reply({}, response(200, "anything"), false));
}

TEST_CASE("GetCallerIdentity says who one is") {
  const std::string body =
      "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ada</Arn><UserId>AIDA"
      "</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
  const auto identity = sts::read_caller_identity(response(200, body));
  REQUIRE(identity);
  CHECK(identity->account == "123456789012");
  CHECK(identity->arn == "arn:aws:iam::123456789012:user/ada");
  CHECK(identity->user_id == "AIDA");
  CHECK(sts::read_caller_identity(response(200, without(body, "Account"))).error().message ==
        "the reply is not one of STS: it has no Account or no Arn");
}
