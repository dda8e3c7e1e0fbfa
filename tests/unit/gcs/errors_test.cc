#include "gcp/gcs/errors.h"
#include "fixture.h"
#include "support/test_data.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace cloudkit;
using namespace cloudkit::testing;
using namespace cloudkit::gcp::gcs;

namespace {

http::Failure failure(int status, std::string body, http::Request request = {}) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  response.headers.add("x-guploader-uploadid", "ABC");
  return classify_reply(request, response, false).value();
}

}  // namespace

TEST_CASE("each reason has its code") {
  struct Row {
    int status;
    const char* reason;
    const char* message;
    ErrorCode code;
    const char* service_code;
    bool retryable;
  };
  const Row rows[] = {
      {404, "notFound", "No such object: b/k", ErrorCode::not_found, "NoSuchKey", false},
      {404, "notFound", "The specified bucket does not exist.", ErrorCode::not_found, "NoSuchBucket", false},
      {412, "conditionNotMet", "m", ErrorCode::precondition_failed, "conditionNotMet", false},
      {409, "conflict", "The bucket you tried to delete is not empty.", ErrorCode::conflict, "BucketNotEmpty", false},
      {403, "retentionPolicyNotMet", "m", ErrorCode::conflict, "retentionPolicyNotMet", false},
      {403, "forbidden", "m", ErrorCode::permission_denied, "forbidden", false},
      {403, "insufficientPermissions", "m", ErrorCode::permission_denied, "insufficientPermissions", false},
      {401, "authError", "m", ErrorCode::unauthenticated, "authError", false},
      {401, "required", "m", ErrorCode::unauthenticated, "required", false},
      {400, "required", "m", ErrorCode::invalid_argument, "required", false},
      {400, "invalid", "m", ErrorCode::invalid_argument, "invalid", false},
      {400, "invalid", "Provided CRC32C doesn't match", ErrorCode::data_loss, "BadDigest", true},
      {413, "uploadTooLarge", "m", ErrorCode::invalid_argument, "uploadTooLarge", false},
      {501, "notImplemented", "m", ErrorCode::unsupported, "notImplemented", false},
      {429, "rateLimitExceeded", "m", ErrorCode::throttled, "rateLimitExceeded", true},
      {403, "userRateLimitExceeded", "m", ErrorCode::throttled, "userRateLimitExceeded", true},
      {403, "quotaExceeded", "m", ErrorCode::unavailable, "quotaExceeded", false},
      {503, "backendError", "m", ErrorCode::unavailable, "backendError", true},
      {500, "internalError", "m", ErrorCode::unavailable, "internalError", true},
      {418, "teapot", "m", ErrorCode::unknown, "teapot", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.reason);
    const Error error = failure(row.status, refusal(row.status, row.reason, row.message)).error;
    CHECK(error.code == row.code);
    CHECK(error.service_code == row.service_code);
    CHECK(error.retryable == row.retryable);
    CHECK(error.message == row.message);
    CHECK(error.http_status == row.status);
    CHECK(error.request_id == "ABC");
  }
}

TEST_CASE("the XML API's errors mean the same") {
  const auto error =
      failure(404, "<?xml version='1.0'?><Error><Code>NoSuchKey</Code><Message>gone</Message></Error>").error;
  CHECK(error.code == ErrorCode::not_found);
  CHECK(error.service_code == "NoSuchKey");
  CHECK(error.message == "gone");
  CHECK(object_is_missing(error));
}

TEST_CASE("a bucket that exists is known by what was asked for") {
  http::Request create;
  create.method = http::Method::post;
  create.encoded_path = "/storage/v1/b";
  const auto taken =
      failure(409, refusal(409, "conflict", "The requested bucket name is not available."), create).error;
  CHECK(taken.code == ErrorCode::already_exists);
  CHECK(taken.service_code == "BucketAlreadyExists");
  const auto own = failure(409, refusal(409, "conflict", "you already own it."), create).error;
  CHECK(own.service_code == "BucketAlreadyOwnedByYou");
}

TEST_CASE("the service's older words for a bucket of one's own made it another's") {
  http::Request create;
  create.method = http::Method::post;
  create.encoded_path = "/storage/v1/b";
  const char* const text = "You already own this bucket. Please select another name.";
  CHECK(failure(409, refusal(409, "conflict", text), create).error.service_code == "BucketAlreadyOwnedByYou");
}

TEST_CASE("an error without a reason, or with a word of an emulator's, did not say what is missing") {
  const auto without_reason = [](int status, std::string_view message) {
    return fmt::format(R"({{"error":{{"code":{},"message":"{}","status":"X"}}}})", status, message);
  };
  const auto key = failure(404, without_reason(404, "No such object: b/k")).error;
  CHECK(key.service_code == "NoSuchKey");
  CHECK(object_is_missing(key));
  const auto bucket = failure(404, without_reason(404, "The specified bucket does not exist.")).error;
  CHECK(bucket.service_code == "NoSuchBucket");
  CHECK_FALSE(object_is_missing(bucket));
  // fake-gcs-server's.
  const auto neither = failure(404, refusal(404, "Not Found", "Not Found")).error;
  CHECK(neither.code == ErrorCode::not_found);
  CHECK(object_is_missing(neither));
  // A page of a proxy's is no word of the service's on an object.
  CHECK_FALSE(object_is_missing(failure(404, "<html>nginx</html>").error));
  http::Request create;
  create.method = http::Method::post;
  create.encoded_path = "/storage/v1/b";
  CHECK(failure(409, refusal(409, "Conflict", "it exists"), create).error.service_code == "BucketAlreadyExists");
  CHECK(failure(409, without_reason(409, "The bucket is not empty.")).error.service_code == "BucketNotEmpty");
}

TEST_CASE("which statuses are tried again is what Google says") {
  const auto rules = nlohmann::json::parse(read_test_data("retry/gcs-retry.json"));
  const auto statuses = rules["retry_statuses"].get<std::vector<int>>();
  for (int status = 400; status < 600; ++status) {
    CAPTURE(status);
    const bool named = std::find(statuses.begin(), statuses.end(), status) != statuses.end();
    const auto remedy = failure(status, "").remedy;
    const bool retried = remedy == http::Failure::Remedy::retry || remedy == http::Failure::Remedy::retry_throttled;
    if (named) CHECK(retried);
    if (status < 500 && !named) CHECK_FALSE(retried);
  }
}

TEST_CASE("what is not the service's is said to be that") {
  const auto html = failure(502, "<html>proxy</html>").error;
  CHECK(html.code == ErrorCode::unavailable);
  CHECK(html.message == "the reply is not Cloud Storage's: <html>proxy</html>");
  CHECK(html.hint.empty());
  const auto other = failure(404, "Not Found").error;
  CHECK(other.code == ErrorCode::not_found);
  CHECK(other.hint ==
        "is this endpoint Google Cloud Storage? fake-gcs-server must be told its address: -public-host HOST:PORT");
  CHECK(failure(404, "").error.message == "no such bucket, object or upload");
}

TEST_CASE_FIXTURE(Fixture, "a success without its document is none") {
  transport->then(reply(200, {}, "")).then(reply(200, {}, "{\"name\":\"k\"")).then(reply(200, {}, resource("k")));
  CHECK(bucket->head("k", {}));
  CHECK(transport->sent().size() == 3);
  transport->then(reply(200, {}, "<html>hello</html>"), 2);
  const auto error = bucket->head("k", {}).error();
  CHECK(error.code == ErrorCode::unknown);
  CHECK(error.hint == "is this endpoint Google Cloud Storage?");
}

TEST_CASE_FIXTURE(Fixture, "who was refused is told") {
  transport->then(reply(403, {}, refusal(403, "forbidden", "no access")));
  CHECK(bucket->head("k", {}).error().hint == "the test may lack a role on the bucket, such as Storage Object Admin");
}
