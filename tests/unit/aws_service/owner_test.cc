#include "aws/service/owner.h"

#include "aws/service/known_services.h"
#include "support/scripted_account.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::aws;
using cloudkit::testing::ScriptedAccount;

namespace {

const std::string kCaller =
    "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>"
    "<Arn>arn:aws:iam::123456789012:user/ada</Arn><UserId>AIDA</UserId><Account>123456789012</Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>";

service::Owner owner_of(const std::shared_ptr<service::Account>& account) {
  return {account, service::known_service("ec2").value()};
}

ServiceOptions at(std::string endpoint) {
  ServiceOptions options;
  options.endpoint = std::move(endpoint);
  return options;
}

}  // namespace

TEST_CASE("whose a service's things are STS is asked once, in the same region") {
  ScriptedAccount script;
  script.then(200, kCaller);
  service::Owner owner = owner_of(script.account);
  CHECK(owner.get({}).value() == "123456789012");
  CHECK(owner.get({}).value() == "123456789012");
  REQUIRE(script.sent.size() == 1);
  CHECK(script.sent[0] == "POST sts/ Action=GetCallerIdentity&Version=2011-06-15");
}

TEST_CASE("credentials that name their account need no question") {
  const ScriptedAccount script;
  ServiceOptions options = script.account->options();
  Credentials named{"CKTESTFUNCTIONS00001", "cktest-functions-unit-1"};
  named.account_id = "210987654321";
  options.credentials = explicit_credentials(named);
  service::Owner owner = owner_of(std::make_shared<service::Account>(options, script.account->parts()));
  CHECK(owner.get({}).value() == "210987654321");
  CHECK(script.sent.empty());
}

TEST_CASE("an endpoint that is not AWS's is an owner by its URL, one of AWS's own is not") {
  const ScriptedAccount custom(at("http://127.0.0.1:5000/base"));
  CHECK(owner_of(custom.account).get({}).value() == "http://127.0.0.1:5000/base");
  CHECK(custom.sent.empty());
  ScriptedAccount within(at("https://vpce-1.ec2.us-west-2.vpce.amazonaws.com"));
  within.then(200, kCaller);
  CHECK(owner_of(within.account).get({}).value() == "123456789012");
  // The endpoint is EC2's; STS is where it always is.
  CHECK(within.sent.at(0).starts_with("POST sts/"));
}

TEST_CASE("where STS says no nothing is believed, and the next call asks again") {
  ScriptedAccount script;
  script.then(403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>");
  script.then(200, kCaller);
  service::Owner owner = owner_of(script.account);
  const auto refused = owner.get({});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::permission_denied);
  CHECK(refused.error().message.find("ask who the credentials belong to at sts.us-west-2.amazonaws.com: ") == 0);
  CHECK(refused.error().hint == "where STS cannot be asked, AWS_ACCOUNT_ID says whose the credentials are");
  CHECK(owner.get({}).value() == "123456789012");
}
