#include "aws/service/reply.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::aws::service;

namespace {

http::Response reply_with(std::string body) {
  http::Response response;
  response.status = 200;
  response.body = std::move(body);
  response.attempts = 2;
  response.headers.add("x-amzn-RequestId", "req-1");
  return response;
}

}  // namespace

TEST_CASE("JSON is read, and an empty body is null") {
  CHECK(text_at(*read_json(reply_with(R"({"a":"b"})")), "a") == "b");
  CHECK(text_at(*read_json(reply_with(R"({"a":1})")), "a").empty());
  CHECK(read_json(reply_with(" \n"))->is_null());
}

TEST_CASE("a success that is something else says which request it was") {
  const auto read = read_json(reply_with("<html>"));
  REQUIRE_FALSE(read);
  CHECK(read.error().code == ErrorCode::unknown);
  CHECK(read.error().message.starts_with("the reply is not one of this service: "));
  CHECK(read.error().hint == "is the endpoint the right one?");
  CHECK(read.error().request_id == "req-1");
  CHECK(read.error().attempts == 2);
  CHECK(read.error().http_status == 200);
}

TEST_CASE("XML must have the root that was asked for") {
  CHECK(read_xml(reply_with("<GetRoleResponse><x/></GetRoleResponse>"), "GetRoleResponse"));
  CHECK(read_xml(reply_with("<GetRoleResponse/>"), "CreateRoleResponse").error().message ==
        "the reply is not one of this service: expected CreateRoleResponse, it is GetRoleResponse");
  CHECK_FALSE(read_xml(reply_with(""), "GetRoleResponse"));
  CHECK_FALSE(read_xml(reply_with("<GetRoleResponse>"), "GetRoleResponse"));
}
