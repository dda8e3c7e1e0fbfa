#include "aws/json_error.h"

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

TEST_CASE("any 2xx is an answer") {
  http::Response reply;
  reply.status = 204;
  CHECK_FALSE(aws::classify_json_reply({}, reply, false));
}
