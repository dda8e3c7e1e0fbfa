#include "aws/service_error.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;

namespace {

Error refused(int status, std::string body, const char* type = nullptr) {
  http::Response reply;
  reply.status = status;
  reply.body = std::move(body);
  if (type != nullptr) reply.headers.add("x-amzn-ErrorType", type);
  const auto failure = aws::classify_json_reply({}, reply, false);
  REQUIRE(failure);
  return failure->error;
}

}  // namespace

TEST_CASE("the code of a JSON service's refusal is found in each of its forms") {
  CHECK(refused(401, R"({"message":"m"})", "UnauthorizedException").service_code == "UnauthorizedException");
  CHECK(refused(401, "", "UnauthorizedException:http://internal.amazon.com/coral/").service_code ==
        "UnauthorizedException");
  CHECK(refused(429, R"({"__type":"com.amazonaws.sso#TooManyRequestsException"})").service_code ==
        "TooManyRequestsException");
  CHECK(refused(400, R"({"error":"invalid_grant","error_description":"no such token"})").service_code ==
        "invalid_grant");
  CHECK(refused(400, R"({"code":"ValidationError"})").service_code == "ValidationError");
  CHECK(refused(401, R"({"__type":"B"})", "A").service_code == "A");
}

TEST_CASE("its words are shown without control characters, and the status where there are none") {
  CHECK(refused(401, R"({"message":"Session token not found"})").message == "Session token not found");
  CHECK(refused(400, R"({"Message":"m"})").message == "m");
  CHECK(refused(400, R"({"error_description":"d"})").message == "d");
  CHECK(refused(400, R"({"message":"a\r\nb"})").message == "a??b");
  CHECK(refused(400, R"({"message":{"not":"text"}})").message == "the service answered 400 and gave no reason");
  CHECK(refused(503, "<html>").message == "the service answered 503 and gave no reason");
  CHECK(refused(503, "").code == ErrorCode::unavailable);
  CHECK(refused(400, std::string(100'000, '[')).message == "the service answered 400 and gave no reason");
}

TEST_CASE("what a service signed is not told: the token of the session is part of it") {
  const std::string reason = "The request signature we calculated does not match the signature you provided.";
  const std::string signed_text =
      "The Canonical String for this request should have been\n'POST\n/\n\nhost:sns.us-west-2.amazonaws.com\n"
      "x-amz-security-token:cktest-signed-1\n'\n\nThe String-to-Sign should have been\n'AWS4-HMAC-SHA256\n'";
  std::string escaped = signed_text;
  for (auto at = escaped.find('\n'); at != std::string::npos; at = escaped.find('\n', at))
    escaped.replace(at, 1, "\\n");
  const Error json =
      refused(403, R"({"message":")" + reason + "\\n\\n" + escaped + R"("})", "InvalidSignatureException");
  CHECK(json.message == reason);
  CHECK(json.to_string().find("cktest-signed-1") == std::string::npos);
  http::Response reply;
  reply.status = 403;
  reply.body = "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>" + reason + "\n\n" + signed_text +
               "</Message></Error></ErrorResponse>";
  CHECK(aws::classify_xml_reply({}, reply, false).value().error.message == reason);
  // A token is long enough to be cut before the second of the two.
  CHECK(refused(403, R"({"message":"The String-to-Sign should have been cktest-signed-1"})").message ==
        "the service answered 403 and gave no reason");
}

TEST_CASE("any 2xx is an answer") {
  http::Response reply;
  reply.status = 204;
  CHECK_FALSE(aws::classify_json_reply({}, reply, false));
}

TEST_CASE("a refusal in XML is read in both of its forms") {
  const auto refused_by = [](int status, std::string body) {
    http::Response reply;
    reply.status = status;
    reply.body = std::move(body);
    return aws::classify_xml_reply({}, reply, false).value().error;
  };
  const Error query = refused_by(404,
                                 "<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message> no\nrole "
                                 "</Message></Error><RequestId>req-1</RequestId></ErrorResponse>");
  CHECK(query.code == ErrorCode::not_found);
  CHECK(query.service_code == "NoSuchEntity");
  CHECK(query.message == "no?role");
  CHECK(query.request_id == "req-1");
  const Error ec2 = refused_by(400,
                               "<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code><Message>m</Message>"
                               "</Error></Errors><RequestID>req-2</RequestID></Response>");
  CHECK(ec2.code == ErrorCode::not_found);
  CHECK(ec2.message == "m");
  CHECK(ec2.request_id == "req-2");
  // moto answers some mistakes with a page of HTML.
  CHECK(refused_by(500, "<!doctype html><title>500</title>").message == "the service answered 500 and gave no reason");
  CHECK(refused_by(500, "<Response/>").code == ErrorCode::unavailable);
}
