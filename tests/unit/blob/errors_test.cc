#include "azure/blob/errors.h"
#include "azure/blob/error_table.h"
#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::azure::blob;
using namespace cloudkit::testing;
using Remedy = http::Failure::Remedy;

namespace {

http::Failure failed(int status, std::string_view code, std::string_view more = {},
                     http::Method method = http::Method::get) {
  http::Request request;
  request.method = method;
  if (method == http::Method::put) request.query.emplace_back("restype", "container");
  http::Response response;
  response.status = status;
  response.headers.add("x-ms-request-id", "4ZF");
  response.body = error_body(code, more);
  return failure_of(request, response);
}

}  // namespace

TEST_CASE("codes of the service, what they mean, and what is done about them") {
  struct Row {
    int status;
    std::string_view code;
    ErrorCode expected;
    Remedy remedy = Remedy::none;
  };
  const Row rows[] = {
      {404, "BlobNotFound", ErrorCode::not_found},
      {404, "ContainerNotFound", ErrorCode::not_found},
      {409, "ContainerAlreadyExists", ErrorCode::already_exists},
      {409, "BlobAlreadyExists", ErrorCode::precondition_failed},
      {412, "ConditionNotMet", ErrorCode::precondition_failed},
      {412, "SourceConditionNotMet", ErrorCode::conflict},
      {403, "CannotVerifyCopySource", ErrorCode::permission_denied},
      {404, "CannotVerifyCopySource", ErrorCode::not_found},
      {500, "CannotVerifyCopySource", ErrorCode::unavailable, Remedy::retry},
      {409, "BlobArchived", ErrorCode::conflict},
      {409, "BlobImmutableDueToPolicy", ErrorCode::conflict},
      {409, "SnapshotsPresent", ErrorCode::conflict},
      {412, "LeaseIdMissing", ErrorCode::conflict},
      {409, "PublicAccessNotPermitted", ErrorCode::permission_denied},
      {403, "AuthorizationPermissionMismatch", ErrorCode::permission_denied},
      {403, "UnauthorizedBlobOverwrite", ErrorCode::permission_denied},
      {403, "AuthenticationFailed", ErrorCode::unauthenticated, Remedy::suspect_time},
      {401, "InvalidAuthenticationInfo", ErrorCode::unauthenticated, Remedy::refresh_credentials},
      {401, "NoAuthenticationInformation", ErrorCode::unauthenticated},
      {400, "InvalidMetadata", ErrorCode::invalid_argument},
      {400, "OutOfRangeInput", ErrorCode::invalid_argument},
      {400, "InvalidBlobOrBlock", ErrorCode::invalid_argument},
      {416, "InvalidRange", ErrorCode::invalid_argument},
      {413, "RequestBodyTooLarge", ErrorCode::invalid_argument},
      {409, "FeatureVersionMismatch", ErrorCode::unsupported},
      {409, "FeatureNotYetSupportedForHierarchicalNamespaceAccounts", ErrorCode::unsupported},
      {400, "BlobApiNotYetSupportedForHierarchicalNamespaceAccounts", ErrorCode::unsupported},
      {503, "ServerBusy", ErrorCode::throttled, Remedy::retry_throttled},
      {500, "InternalError", ErrorCode::unavailable, Remedy::retry},
      {500, "OperationTimedOut", ErrorCode::timeout, Remedy::retry},
      {400, "Md5Mismatch", ErrorCode::data_loss, Remedy::retry_once},
      {409, "NeverHeardOf", ErrorCode::conflict},
      {429, "", ErrorCode::throttled, Remedy::retry_throttled},
      {502, "", ErrorCode::unavailable, Remedy::retry},
  };
  for (const Row& row : rows) {
    const http::Failure failure = failed(row.status, row.code);
    CHECK_MESSAGE(failure.error.code == row.expected, row.code);
    CHECK_MESSAGE(failure.remedy == row.remedy, row.code);
    CHECK(failure.error.service_code == row.code);
    CHECK(failure.error.request_id == "4ZF");
    if (!row.code.empty()) CHECK(failure.error.message == "said " + std::string(row.code));
  }
}

TEST_CASE("trap 14: of a container that is being deleted, its name is waited for and its blobs are gone") {
  const http::Failure create = failed(409, "ContainerBeingDeleted", {}, http::Method::put);
  CHECK(create.error.code == ErrorCode::unavailable);
  CHECK(create.error.retryable);
  CHECK(create.remedy == Remedy::retry_throttled);
  CHECK(create.error.hint == "the container is being deleted: its name is free again after half a minute or more");
  const http::Failure get = failed(409, "ContainerBeingDeleted");
  CHECK(get.error.code == ErrorCode::not_found);
  CHECK(get.remedy == Remedy::none);
}

TEST_CASE("trap 17: of what was signed nothing is shown, of times and audiences what is said") {
  const auto secret = failed(403, "AuthenticationFailed",
                             "<AuthenticationErrorDetail>The MAC signature found in the HTTP request 'cktest-sig-1' is "
                             "not the same as any computed signature. Server used following string to sign: 'PUT'."
                             "</AuthenticationErrorDetail>");
  CHECK(secret.error.to_string().find("cktest-sig-1") == std::string::npos);
  CHECK(secret.error.message == "said AuthenticationFailed");
  const auto expired = failed(403, "AuthenticationFailed",
                              "<AuthenticationErrorDetail>Signature not valid in the specified time frame: Start [a] - "
                              "Expiry [b]</AuthenticationErrorDetail>");
  CHECK(expired.error.message ==
        "said AuthenticationFailed (Signature not valid in the specified time frame: Start [a] - Expiry [b])");
}

TEST_CASE("a reply that echoes the request shows no signature and no token of it") {
  http::Request request;
  request.query = {{"sv", "2026-02-06"}, {"sig", "cktest/sas+1="}};
  request.headers.add("x-ms-copy-source",
                      "https://acc.blob.core.windows.net/c/k?sv=2026-02-06&sig=cktest%2Fsource%2B1%3D");
  request.headers.add("Authorization", "Bearer cktest-token-1");
  const auto message_of = [&](std::string body) {
    http::Response response;
    response.status = 404;
    response.body = std::move(body);
    return failure_of(request, response).error.message;
  };
  CHECK(message_of("no GET /c/k?sig=cktest/sas+1= here") == "the reply is not Azure's: no GET /c/k?sig=... here");
  CHECK(message_of("no ?sig=cktest%2Fsas%2B1%3D here") == "the reply is not Azure's: no ?sig=... here");
  CHECK(message_of("from cktest/source+1= here") == "the reply is not Azure's: from ... here");
  CHECK(message_of("Authorization: Bearer cktest-token-1") == "the reply is not Azure's: Authorization: Bearer ...");
  CHECK(message_of("<Error><Code>C</Code><Message>bad cktest%2Fsource%2B1%3D</Message></Error>") == "bad ...");

  request.headers.remove("Authorization");
  request.headers.add("Authorization", "SharedKey anaccount:cktest-signature-1");
  CHECK(message_of("anaccount:cktest-signature-1") == "the reply is not Azure's: anaccount:...");
}

TEST_CASE_FIXTURE(BlobFixture, "an account with directories has no tags: it knows not even the word") {
  const auto unknown = [](std::string_view parameter) {
    return reply(400, {{"x-ms-error-code", "InvalidQueryParameterValue"}},
                 error_body("InvalidQueryParameterValue",
                            fmt::format("<QueryParameterName>{}</QueryParameterName>", parameter)));
  };
  transport->then(unknown("comp")).then(unknown("comp")).then(unknown("versionid"));
  const auto tags = bucket->get_tags("k", {});
  REQUIRE_FALSE(tags);
  CHECK(tags.error().code == ErrorCode::unsupported);
  CHECK(tags.error().hint == "the account has a hierarchical namespace, which lacks this call");
  CHECK(bucket->set_tags("k", {}, {}).error().code == ErrorCode::unsupported);
  CHECK(bucket->get_tags("k", {"x", {}}).error().code == ErrorCode::invalid_argument);
}

TEST_CASE("a server that does not know the version says so") {
  const auto old = failed(400, "InvalidHeaderValue", "<HeaderName>x-ms-version</HeaderName>");
  CHECK(old.error.code == ErrorCode::invalid_argument);
  CHECK(old.error.message == "said InvalidHeaderValue (x-ms-version)");
  CHECK(old.error.hint == "this server does not know version 2026-02-06 of the service's interface");
}

TEST_CASE("what is not Azure's reply") {
  http::Response html;
  html.status = 407;
  html.headers.add("content-type", "text/html");
  html.body = "<html>Proxy</html>";
  const auto failure = failure_of({}, html);
  CHECK(failure.error.message == "the reply is not Azure's: <html>Proxy</html>");
  CHECK(failure.error.hint == "HTML came back: a proxy stands between, or the endpoint is no Blob service");
  http::Response empty;
  empty.status = 403;
  CHECK(failure_of({}, empty).error.message == "the service answered 403 and gave no reason");
}

TEST_CASE_FIXTURE(BlobFixture, "whose credentials were refused stands in the hint, the key does not") {
  transport->then(refused(403, "AuthorizationPermissionMismatch"));
  const auto head = bucket->head("k", {});
  REQUIRE_FALSE(head);
  CHECK(head.error().hint.find("; used: ") != std::string::npos);
  CHECK(head.error().hint.find("acc") != std::string::npos);
  CHECK(head.error().to_string().find("Y2t0ZXN0") == std::string::npos);
}

TEST_CASE_FIXTURE(BlobFixture, "trap 16: a busy service is asked again, and its own wait is obeyed") {
  transport
      ->then(reply(503, {{"x-ms-error-code", "ServerBusy"}, {"x-ms-retry-after-ms", "5678"}}, error_body("ServerBusy")),
             2)
      .then(reply(200, {{"ETag", "\"0x8D1\""}, {"Content-Length", "1"}}));
  CHECK(bucket->head("k", {}));
  CHECK(transport->sent().size() == 3);
  CHECK(waits == std::vector(2, std::chrono::milliseconds(5678)));
}
