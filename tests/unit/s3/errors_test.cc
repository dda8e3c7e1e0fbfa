#include "aws/s3/errors.h"

#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::aws::s3;
using cloudkit::testing::error_body;
using Remedy = http::Failure::Remedy;

namespace {

http::Response answered(int status, std::string body, std::vector<http::Header> headers = {}) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  for (auto& header : headers) response.headers.add(header.name, header.value);
  return response;
}

http::Failure failure_of(const http::Response& response, const http::Request& request = {}) {
  return classify_reply(request, response, false).value();
}

http::Request copy() {
  http::Request request;
  request.method = http::Method::put;
  request.headers.add("x-amz-copy-source", "b/k");
  return request;
}

http::Request listing_request() {
  http::Request request;
  request.query = {{"list-type", "2"}};
  return request;
}

}  // namespace

TEST_CASE("an error has the service's code, text and request id, and a hint") {
  const auto failure = failure_of(answered(403, error_body("AccessDenied"), {{"x-amz-request-id", "ID1"}}));
  CHECK(failure.error.code == ErrorCode::permission_denied);
  CHECK(failure.error.service_code == "AccessDenied");
  CHECK(failure.error.message == "said AccessDenied");
  CHECK(failure.error.http_status == 403);
  CHECK(failure.error.request_id == "ID1");
  CHECK(failure.error.hint.find("no policy allows them this") != std::string::npos);
  CHECK(failure.remedy == Remedy::none);
  CHECK(failure_of(answered(404, error_body("NoSuchKey"))).error.request_id == "4ZF");
}

TEST_CASE("the code decides, and only without one the status") {
  struct Row {
    int status;
    std::string code;
    ErrorCode meaning;
    Remedy remedy;
  };
  const Row rows[] = {
      {404, "NoSuchKey", ErrorCode::not_found, Remedy::none},
      {409, "BucketAlreadyOwnedByYou", ErrorCode::already_exists, Remedy::none},
      {409, "BucketNotEmpty", ErrorCode::conflict, Remedy::none},
      {409, "OperationAborted", ErrorCode::unavailable, Remedy::retry},
      {412, "PreconditionFailed", ErrorCode::precondition_failed, Remedy::none},
      {403, "InvalidObjectState", ErrorCode::conflict, Remedy::none},
      {403, "InvalidAccessKeyId", ErrorCode::unauthenticated, Remedy::none},
      {400, "KeyTooLongError", ErrorCode::invalid_argument, Remedy::none},
      {501, "NotImplemented", ErrorCode::unsupported, Remedy::none},
      {503, "SlowDown", ErrorCode::throttled, Remedy::retry_throttled},
      {500, "InternalError", ErrorCode::unavailable, Remedy::retry},
      {400, "BadDigest", ErrorCode::data_loss, Remedy::retry_once},
      {418, "Teapot", ErrorCode::unknown, Remedy::none},
  };
  for (const Row& row : rows) {
    const auto failure = failure_of(answered(row.status, error_body(row.code)));
    CHECK_MESSAGE(failure.error.code == row.meaning, row.code);
    CHECK_MESSAGE(failure.remedy == row.remedy, row.code);
  }
}

TEST_CASE("trap 15: a failed HEAD has no body, so its status has to do") {
  http::Request head;
  head.method = http::Method::head;
  CHECK(failure_of(answered(404, ""), head).error.code == ErrorCode::not_found);
  CHECK(failure_of(answered(404, ""), head).error.message == "no such bucket or object");
  CHECK(failure_of(answered(404, "", {{"content-type", "text/html"}}), head).error.hint.empty());
  CHECK(failure_of(answered(412, ""), head).error.code == ErrorCode::precondition_failed);
  CHECK(failure_of(answered(304, ""), head).error.code == ErrorCode::not_modified);
  const auto refused = failure_of(answered(403, ""), head);
  CHECK(refused.error.code == ErrorCode::permission_denied);
  CHECK(refused.error.service_code.empty());
  CHECK(refused.error.hint == "the credentials are wrong or expired, or no policy allows them this");
}

TEST_CASE("trap 16: 403 is never taken for \"absent\"") {
  CHECK(failure_of(answered(403, error_body("AccessDenied"))).error.code != ErrorCode::not_found);
}

TEST_CASE("trap 22: 409 ConditionalRequestConflict is tried again, and is no \"already exists\"") {
  const auto failure = failure_of(answered(409, error_body("ConditionalRequestConflict")));
  CHECK(failure.error.code == ErrorCode::unavailable);
  CHECK(failure.remedy == Remedy::retry);
}

TEST_CASE("traps 27 and 28: a wrong clock and expired credentials are repaired and tried again") {
  CHECK(failure_of(answered(403, error_body("RequestTimeTooSkewed"))).remedy == Remedy::correct_clock);
  CHECK(failure_of(answered(400, error_body("ExpiredToken"))).remedy == Remedy::refresh_credentials);
  CHECK(failure_of(answered(400, error_body("InvalidToken"))).remedy == Remedy::refresh_credentials);
}

TEST_CASE("trap 29: RequestTimeout is 400, and worth another try") {
  const auto failure = failure_of(answered(400, error_body("RequestTimeout")));
  CHECK(failure.error.code == ErrorCode::timeout);
  CHECK(failure.remedy == Remedy::retry);
}

TEST_CASE("trap 1: a copy that answers 200 and then an error has failed") {
  const auto internal = failure_of(answered(200, error_body("InternalError")), copy());
  CHECK(internal.error.code == ErrorCode::unavailable);
  CHECK(internal.remedy == Remedy::retry);
  CHECK(internal.error.http_status == 200);
  CHECK(failure_of(answered(200, error_body("SlowDown")), copy()).remedy == Remedy::retry_throttled);
  CHECK(failure_of(answered(200, error_body("AccessDenied")), copy()).error.code == ErrorCode::permission_denied);
}

TEST_CASE("trap 2: blanks sent to keep the connection alive do not hide what follows") {
  const std::string blanks(5000, '\n');
  const std::string result = "<?xml version=\"1.0\"?>\n<CopyObjectResult><ETag>e</ETag></CopyObjectResult>\n";
  CHECK_FALSE(classify_reply(copy(), answered(200, blanks + result), false));
  CHECK(failure_of(answered(200, blanks + error_body("SlowDown")), copy()).remedy == Remedy::retry_throttled);
}

TEST_CASE("a control reply that is empty or cut off is no success, and is tried again") {
  const std::string whole = "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>";
  for (const std::string& body : {std::string(), std::string("  \n "), whole.substr(0, whole.size() - 1),
                                  whole.substr(0, 30), std::string("<Error><Code>AccessDenied</Code>")}) {
    const auto failure = failure_of(answered(200, body), copy());
    CHECK_MESSAGE(failure.error.code == ErrorCode::unavailable, body);
    CHECK(failure.remedy == Remedy::retry);
    CHECK(failure.error.retryable);
    CHECK(failure.error.message.starts_with("the reply was cut off: "));
  }
}

TEST_CASE("garbage in a 200 is an error that shows a little of it, and is tried once more") {
  const auto html =
      failure_of(answered(200, "<html><body>log in\x01</body></html>" + std::string(2000, 'x')), listing_request());
  CHECK(html.error.code == ErrorCode::unknown);
  CHECK(html.remedy == Remedy::retry_once);
  CHECK(
      html.error.message.starts_with("expected ListBucketResult, the reply is: <html><body>log in?</body></html>xxx"));
  CHECK(html.error.message.size() < 600);
  CHECK(failure_of(answered(200, "{\"error\":1}"), listing_request()).error.code == ErrorCode::unknown);
}

TEST_CASE("HTML from a proxy is judged by its status") {
  const auto failure = failure_of(answered(502, "<html>Bad Gateway</html>", {{"content-type", "text/html"}}));
  CHECK(failure.error.code == ErrorCode::unavailable);
  CHECK(failure.remedy == Remedy::retry);
  CHECK(failure.error.message == "the reply is not S3's: <html>Bad Gateway</html>");
  CHECK(failure.error.hint == "HTML came back: a proxy stands between, or the endpoint is no S3 server");
  CHECK(failure.error.service_code.empty());
}

TEST_CASE("the body of an object is no control reply, whatever it looks like") {
  CHECK_FALSE(classify_reply({}, answered(200, error_body("InternalError")), false));
  CHECK_FALSE(classify_reply(listing_request(), answered(200, ""), true));
}

TEST_CASE("trap 3: a reply that names the bucket's region is an answer, not a failure") {
  const auto region = [](int status, std::string body, std::string header) {
    std::vector<http::Header> headers;
    if (!header.empty()) headers.push_back({"x-amz-bucket-region", header});
    const auto response = answered(status, body, headers);
    const auto found = region_of_redirect(response);
    CHECK(classify_reply({}, response, false).has_value() == !found.has_value());
    return found.value_or("");
  };
  CHECK(region(301, error_body("PermanentRedirect"), "eu-west-1") == "eu-west-1");
  CHECK(region(307, error_body("TemporaryRedirect"), "eu-west-1") == "eu-west-1");
  CHECK(region(400, error_body("AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>"), "") == "eu-west-1");
  CHECK(region(301, "", "eu-west-1") == "eu-west-1");  // HEAD
  CHECK(region(400, "", "eu-west-1") == "eu-west-1");
  CHECK(region(301, error_body("PermanentRedirect"), "").empty());
  CHECK(region(400, error_body("InvalidArgument"), "eu-west-1").empty());
  CHECK(region(403, error_body("AccessDenied"), "eu-west-1").empty());
}

TEST_CASE("a region that could lead elsewhere is not believed") {
  for (const char* evil : {"evil.com/", "us-east-1.evil.com", "US", "a b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
    CHECK_FALSE(region_of_redirect(answered(301, "", {{"x-amz-bucket-region", evil}})));
    const auto body = error_body("AuthorizationHeaderMalformed", fmt::format("<Region>{}</Region>", evil));
    CHECK_FALSE(region_of_redirect(answered(400, body)));
  }
}

TEST_CASE("an error that names a condition says which") {
  const auto failure = failure_of(answered(412, error_body("PreconditionFailed", "<Condition>If-Match</Condition>")));
  CHECK(failure.error.message == "said PreconditionFailed (If-Match)");
}

TEST_CASE("codes that people meet have a hint that helps") {
  const std::pair<std::string, std::string_view> rows[] = {
      {"NoSuchBucket", "check the bucket's name"},
      {"InvalidAccessKeyId", "does not know this access key"},
      {"SignatureDoesNotMatch", "the secret access key does not belong"},
      {"RequestTimeTooSkewed", "clock differs"},
      {"PermanentRedirect", "another region"},
      {"ExpiredToken", "have expired"},
      {"InvalidObjectState", "archived"},
      {"BucketAlreadyExists", "shared by all accounts"},
      {"BucketNotEmpty", "remove its objects first"},
      {"BucketAlreadyOwnedByYou", "OpenOptions::create"},
      {"NoSuchKey", "upper and lower case differ"},
      {"PreconditionFailed", "look at the object again"},
      {"SlowDown", "use fewer workers"},
      {"InternalError", "quote the request id"},
      {"RequestTimeout", "check the network"},
      {"InvalidArgument", "the message says what is refused"},
      {"MethodNotAllowed", "a delete marker cannot be read"},
  };
  for (const auto& row : rows) {
    const auto& code = row.first;
    const auto& hint = row.second;
    const std::string given = failure_of(answered(400, error_body(code))).error.hint;
    CHECK_MESSAGE(given.find(hint) != std::string::npos, code, ": ", given);
    CHECK(given.find('\n') == std::string::npos);
  }
}

TEST_CASE("what a signature was made of never reaches an error") {
  const auto failure =
      failure_of(answered(403, error_body("SignatureDoesNotMatch",
                                          "<StringToSign>AWS4-HMAC cktest-stringtosign-secret-1</StringToSign>"
                                          "<CanonicalRequest>cktest-canonical-secret-1</CanonicalRequest>")));
  CHECK(failure.error.to_string().find("cktest-") == std::string::npos);
}

TEST_CASE("an error's text cannot forge lines") {
  const auto failure = failure_of(answered(400, "<Error><Code>A&#10;B</Code><Message>one&#10;two</Message></Error>"));
  CHECK(failure.error.service_code == "A?B");
  CHECK(failure.error.message == "one?two");
}
