#include "aws/iam/protocol.h"
#include "aws/iam/role_keeper.h"
#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::aws;
using cloudkit::testing::Fixture;

namespace {

std::string role_xml(const std::string& action, const std::string& owner, const std::string& principal,
                     const std::string& created = "2026-11-25T00:00:00Z") {
  return "<" + action + "Response><" + action + "Result><Role><Arn>arn:aws:iam::1:role/x</Arn><CreateDate>" + created +
         "</CreateDate>"
         "<AssumeRolePolicyDocument>%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22"
         "Service%22%3A%22" +
         principal +
         "%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D</AssumeRolePolicyDocument><Tags><member><Key>"
         "cloudkit:function</Key><Value>" +
         owner + "</Value></member></Tags></Role></" + action + "Result></" + action + "Response>";
}

const std::string kAttached =
    "<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult><AttachedPolicies><member><PolicyArn>"
    "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole</PolicyArn></member></AttachedPolicies>"
    "</ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>";

std::string error_xml(const std::string& code) {
  return "<ErrorResponse><Error><Code>" + code + "</Code><Message>m</Message></Error></ErrorResponse>";
}

// "CreateRole", "AttachRolePolicy", …
std::vector<std::string> actions(const Fixture& fixture) {
  std::vector<std::string> all;
  for (const std::string& sent : fixture.sent) {
    const auto begin = sent.find("Action=") + 7;
    all.push_back(sent.substr(begin, sent.find('&', begin) - begin));
  }
  return all;
}

using Actions = std::vector<std::string>;

}  // namespace

TEST_CASE("roles have names of their own for each function and region, and never more than 64 characters") {
  CHECK(iam::role_name("hello", "us-west-2", "exec") == "cloudkit-hello-us-west-2-exec");
  const std::string longest(49, 'a');
  const std::string name = iam::role_name(longest, "ap-southeast-2", "schedule");
  CHECK(name.size() == 64);
  CHECK(name.starts_with("cloudkit-aaa"));
  CHECK(name.ends_with("-schedule"));
  CHECK(name != iam::role_name(longest, "ap-southeast-1", "schedule"));
  CHECK(name != iam::role_name(std::string(48, 'a') + "b", "ap-southeast-2", "schedule"));
}

TEST_CASE("who may assume a role is read from any of the forms that a document has") {
  const std::string service = "lambda.amazonaws.com";
  CHECK(iam::trusts(iam::trust_policy(service), service));
  CHECK(iam::trusts(R"({"Statement":{"Effect":"Allow","Principal":{"Service":["a.b","lambda.amazonaws.com"]},)"
                    R"("Action":["sts:TagSession","sts:AssumeRole"]}})",
                    service));
  CHECK_FALSE(iam::trusts(iam::trust_policy("ec2.amazonaws.com"), service));
  CHECK_FALSE(iam::trusts(R"({"Statement":[{"Effect":"Deny","Principal":{"Service":"lambda.amazonaws.com"},)"
                          R"("Action":"sts:AssumeRole"}]})",
                          service));
  // Under a condition it may, or may not.
  CHECK_FALSE(iam::trusts(R"({"Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},)"
                          R"("Action":"sts:AssumeRole","Condition":{}}]})",
                          service));
  CHECK_FALSE(iam::trusts("", service));
  CHECK_FALSE(iam::trusts("[1]", service));
}

TEST_CASE("a role that is right costs two questions") {
  Fixture fixture;
  fixture.then(200, role_xml("GetRole", "us-west-2/hello", "lambda.amazonaws.com")).then(200, kAttached);
  const auto identity = fixture.driver->ensure_identity("hello", {});
  REQUIRE(identity);
  CHECK(identity->id == "arn:aws:iam::1:role/x");
  CHECK_FALSE(identity->changed);
  CHECK(actions(fixture) == Actions{"GetRole", "ListAttachedRolePolicies"});
}

TEST_CASE("a role that is right but some seconds old may be unknown yet, whoever made it") {
  const auto changed = [](const std::string& created) {
    Fixture fixture;
    fixture.then(200, role_xml("GetRole", "us-west-2/hello", "lambda.amazonaws.com", created)).then(200, kAttached);
    return fixture.driver->ensure_identity("hello", {}).value().changed;
  };
  // It is midnight.
  CHECK(changed("2026-11-25T23:59:55Z"));
  CHECK(changed("2026-11-25T23:59:01Z"));
  CHECK_FALSE(changed("2026-11-25T23:59:00Z"));
}

TEST_CASE("a role is made in the partition of the region") {
  Fixture fixture({.region = "cn-north-1"});
  fixture.then(404, error_xml("NoSuchEntity"));
  fixture.then(200, role_xml("CreateRole", "", "lambda.amazonaws.com")).then(200, "<AttachRolePolicyResponse/>");
  CHECK(fixture.driver->ensure_identity("hello", {}).value().changed);
  CHECK(actions(fixture) == Actions{"GetRole", "CreateRole", "AttachRolePolicy"});
  CHECK(fixture.sent.at(1).find("Tags.member.1.Value=cn-north-1%2Fhello") != std::string::npos);
  CHECK(fixture.sent.at(2).ends_with(
      "PolicyArn=arn%3Aaws-cn%3Aiam%3A%3Aaws%3Apolicy%2Fservice-role%2FAWSLambdaBasicExecutionRole"));
}

TEST_CASE("a role whose trust or policy is gone is mended") {
  Fixture fixture;
  fixture.then(200, role_xml("GetRole", "us-west-2/hello", "ec2.amazonaws.com"));
  fixture.then(200, "<UpdateAssumeRolePolicyResponse/>").then(200, "<ListAttachedRolePoliciesResponse/>");
  fixture.then(200, "<AttachRolePolicyResponse/>");
  CHECK(fixture.driver->ensure_identity("hello", {}).value().changed);
  CHECK(actions(fixture) ==
        Actions{"GetRole", "UpdateAssumeRolePolicy", "ListAttachedRolePolicies", "AttachRolePolicy"});
}

TEST_CASE("when another deployment is faster, its role is taken") {
  Fixture fixture;
  fixture.then(404, error_xml("NoSuchEntity")).then(409, error_xml("EntityAlreadyExists"));
  fixture.then(200, role_xml("GetRole", "us-west-2/hello", "lambda.amazonaws.com")).then(200, kAttached);
  CHECK_FALSE(fixture.driver->ensure_identity("hello", {}).value().changed);
}

TEST_CASE("a role of somebody else's is neither used nor removed") {
  Fixture fixture;
  const std::string theirs = role_xml("GetRole", "us-west-2/other", "lambda.amazonaws.com");
  fixture.then(200, theirs).then(200, theirs).then(404, error_xml("NoSuchEntity"));
  const auto identity = fixture.driver->ensure_identity("hello", {});
  REQUIRE_FALSE(identity);
  CHECK(identity.error().code == ErrorCode::conflict);
  CHECK(identity.error().message == "there is a role cloudkit-hello-us-west-2-exec already, and it is not cloudkit's");
  CHECK(fixture.driver->remove_identity("hello", {}));
  CHECK(actions(fixture) == Actions{"GetRole", "GetRole", "GetRole"});
}

TEST_CASE("a role is removed after its policies, and what is gone meanwhile is gone") {
  Fixture fixture;
  fixture.then(200, role_xml("GetRole", "us-west-2/hello", "lambda.amazonaws.com")).then(200, kAttached);
  fixture.then(404, error_xml("NoSuchEntity"));
  fixture.then(200,
               "<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames><member>mine</member></PolicyNames>"
               "</ListRolePoliciesResult></ListRolePoliciesResponse>");
  fixture.then(200, "<DeleteRolePolicyResponse/>").then(404, error_xml("NoSuchEntity"));
  // That of its schedules.
  fixture.then(404, error_xml("NoSuchEntity"));
  CHECK(fixture.driver->remove_identity("hello", {}));
  CHECK(actions(fixture) == Actions{"GetRole", "ListAttachedRolePolicies", "DetachRolePolicy", "ListRolePolicies",
                                    "DeleteRolePolicy", "DeleteRole", "GetRole"});
}
