#include "aws/service/call.h"

#include "text_of.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::aws::service;

TEST_CASE("rest-json is a method, a path and perhaps JSON") {
  Call call = rest_call(http::Method::post, "/2015-03-31/functions", R"({"FunctionName":"hello"})");
  CHECK(text_of(call) == "POST /2015-03-31/functions\ncontent-type: application/json\n\n{\"FunctionName\":\"hello\"}");
  call = rest_call(http::Method::get, "/2015-03-31/functions");
  call.query = {{"Marker", "a/b=="}, {"MaxItems", "50"}};
  CHECK(text_of(call) == "GET /2015-03-31/functions?Marker=a%2Fb%3D%3D&MaxItems=50\n");
}

TEST_CASE("the colons of an ARN in a path are encoded") {
  CHECK(text_of(rest_call(http::Method::remove, "/2015-03-31/functions/arn:aws-cn:lambda:cn-north-1:1:function:a")) ==
        "DELETE /2015-03-31/functions/arn%3Aaws-cn%3Alambda%3Acn-north-1%3A1%3Afunction%3Aa\n");
}

TEST_CASE("json is a target in a header") {
  CHECK(text_of(json_call("AWSEvents", "PutRule", "1.1", R"({"Name":"r"})")) ==
        "POST /\ncontent-type: application/x-amz-json-1.1\nx-amz-target: AWSEvents.PutRule\n\n{\"Name\":\"r\"}");
}

TEST_CASE("query is a form") {
  Form form("TagRole", "2010-05-08");
  form.add("RoleName", "a b&c").add_unless_empty("Path", "").add("Tags.member.1.Key", "ümlaut").add("Empty", "");
  CHECK(text_of(form_call(std::move(form))) ==
        "POST /\ncontent-type: application/x-www-form-urlencoded\n\n"
        "Action=TagRole&Version=2010-05-08&RoleName=a%20b%26c&Tags.member.1.Key=%C3%BCmlaut&Empty=");
}

TEST_CASE("what may be repeated without asking is what HTTP says") {
  CHECK(rest_call(http::Method::get, "/").idempotent);
  CHECK(rest_call(http::Method::put, "/").idempotent);
  CHECK(rest_call(http::Method::remove, "/").idempotent);
  CHECK_FALSE(rest_call(http::Method::post, "/").idempotent);
  CHECK_FALSE(json_call("T", "GetItem", "1.0", "{}").idempotent);
  CHECK_FALSE(form_call(Form("GetRole", "2010-05-08")).idempotent);
}

TEST_CASE("a call becomes a request below the endpoint's base path") {
  Call call = rest_call(http::Method::put, "/x", "{}");
  call.thinking_time = std::chrono::seconds(900);
  const http::Request request = request_of({"http", "127.0.0.1:4566", "/base", true, true}, call);
  CHECK(request.scheme == "http");
  CHECK(request.host == "127.0.0.1:4566");
  CHECK(request.path == "/base/x");
  CHECK(request.body.view() == "{}");
  CHECK(request.idempotent);
  CHECK(request.thinking_time.count() == 900);
}
