#include "http/classify.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::http;
using Remedy = Failure::Remedy;

TEST_CASE("the service's code goes before the status") {
  CHECK(classify("NoSuchKey", 200).error.code == ErrorCode::not_found);
  CHECK(classify("InternalError", 200).remedy == Remedy::retry);
  CHECK(classify("AccessDenied", 503).remedy == Remedy::none);
  CHECK(classify("SlowDown", 200).remedy == Remedy::retry_throttled);
}

TEST_CASE("a failure keeps the code and status that it came from") {
  const Failure failure = classify("NoSuchBucket", 404);
  CHECK(failure.error.service_code == "NoSuchBucket");
  CHECK(failure.error.http_status == 404);
  CHECK_FALSE(failure.error.retryable);
  CHECK(classify("SlowDown", 503).error.retryable);
}

TEST_CASE("S3's codes have their neutral meaning") {
  struct Expected {
    const char* service_code;
    int status;
    ErrorCode code;
    Remedy remedy;
  };
  const Expected rows[] = {
      {"NoSuchUpload", 404, ErrorCode::not_found, Remedy::none},
      {"NoSuchVersion", 404, ErrorCode::not_found, Remedy::none},
      {"BucketAlreadyOwnedByYou", 409, ErrorCode::already_exists, Remedy::none},
      {"BucketAlreadyExists", 409, ErrorCode::already_exists, Remedy::none},
      {"KMS.NotFoundException", 400, ErrorCode::conflict, Remedy::none},
      {"PreconditionFailed", 412, ErrorCode::precondition_failed, Remedy::none},
      {"InvalidObjectState", 403, ErrorCode::conflict, Remedy::none},
      {"BucketNotEmpty", 409, ErrorCode::conflict, Remedy::none},
      {"AccessDenied", 403, ErrorCode::permission_denied, Remedy::none},
      {"InvalidAccessKeyId", 403, ErrorCode::unauthenticated, Remedy::none},
      {"SignatureDoesNotMatch", 403, ErrorCode::unauthenticated, Remedy::suspect_clock},
      {"RequestExpired", 400, ErrorCode::unauthenticated, Remedy::suspect_time},
      {"RequestTimeTooSkewed", 403, ErrorCode::unauthenticated, Remedy::correct_clock},
      {"ExpiredToken", 400, ErrorCode::unauthenticated, Remedy::refresh_credentials},
      {"TokenRefreshRequired", 400, ErrorCode::unauthenticated, Remedy::refresh_credentials},
      {"InvalidToken", 400, ErrorCode::unauthenticated, Remedy::refresh_credentials},
      {"InvalidArgument", 400, ErrorCode::invalid_argument, Remedy::none},
      {"KeyTooLongError", 400, ErrorCode::invalid_argument, Remedy::none},
      {"EntityTooLarge", 400, ErrorCode::invalid_argument, Remedy::none},
      {"InvalidPartOrder", 400, ErrorCode::invalid_argument, Remedy::none},
      {"InvalidRange", 416, ErrorCode::invalid_argument, Remedy::none},
      {"NotImplemented", 501, ErrorCode::unsupported, Remedy::none},
      {"XNotImplemented", 501, ErrorCode::unsupported, Remedy::none},
      {"MethodNotAllowed", 405, ErrorCode::unsupported, Remedy::none},
      {"TooManyRequests", 429, ErrorCode::throttled, Remedy::retry_throttled},
      {"OperationAborted", 409, ErrorCode::unavailable, Remedy::retry},
      {"ConditionalRequestConflict", 409, ErrorCode::unavailable, Remedy::retry},
      {"RequestTimeout", 400, ErrorCode::timeout, Remedy::retry},
      {"BadDigest", 400, ErrorCode::data_loss, Remedy::retry_once},
      {"XAmzContentSHA256Mismatch", 400, ErrorCode::data_loss, Remedy::retry_once},
      {"XMinioStorageFull", 507, ErrorCode::unavailable, Remedy::none},
      {"PermanentRedirect", 301, ErrorCode::invalid_argument, Remedy::none},
  };
  for (const Expected& row : rows) {
    CAPTURE(row.service_code);
    const Failure failure = classify(row.service_code, row.status);
    CHECK(failure.error.code == row.code);
    CHECK(failure.remedy == row.remedy);
  }
}

TEST_CASE("a change that met another may be tried again, and nothing has happened") {
  // API Gateway and Scheduler, IAM, EventBridge.
  for (const Failure& failure : {classify("ConflictException", 409), classify("ConcurrentModification", 409),
                                 classify("ConcurrentModificationException", 400)}) {
    CAPTURE(failure.error.service_code);
    CHECK(failure.error.code == ErrorCode::conflict);
    CHECK(failure.error.retryable);
  }
  CHECK(classify("ConflictException", 409).remedy == Remedy::retry_once);
  CHECK_FALSE(classify("DeleteConflict", 409).error.retryable);
}

TEST_CASE("a status alone decides where the reply had no code") {
  struct Expected {
    int status;
    ErrorCode code;
    Remedy remedy;
  };
  const Expected rows[] = {
      {0, ErrorCode::unknown, Remedy::none},
      {304, ErrorCode::not_modified, Remedy::none},
      {400, ErrorCode::unknown, Remedy::none},
      {401, ErrorCode::unauthenticated, Remedy::none},
      {403, ErrorCode::permission_denied, Remedy::suspect_clock},
      {404, ErrorCode::not_found, Remedy::none},
      {408, ErrorCode::timeout, Remedy::retry},
      {409, ErrorCode::conflict, Remedy::none},
      {412, ErrorCode::precondition_failed, Remedy::none},
      {413, ErrorCode::invalid_argument, Remedy::none},
      {416, ErrorCode::invalid_argument, Remedy::none},
      {418, ErrorCode::unknown, Remedy::none},
      {429, ErrorCode::throttled, Remedy::retry_throttled},
      {500, ErrorCode::unavailable, Remedy::retry},
      {501, ErrorCode::unsupported, Remedy::none},
      {503, ErrorCode::unavailable, Remedy::retry},
      {507, ErrorCode::unavailable, Remedy::none},
      {599, ErrorCode::unknown, Remedy::retry},
      {999, ErrorCode::unknown, Remedy::none},
  };
  for (const Expected& row : rows) {
    CAPTURE(row.status);
    const Failure failure = classify("", row.status);
    CHECK(failure.error.code == row.code);
    CHECK(failure.remedy == row.remedy);
  }
}

TEST_CASE("an unknown code means what its status means") {
  CHECK(classify("NewKindOfRefusal", 403).error.code == ErrorCode::permission_denied);
  // It has said why, so the clock is not suspected.
  CHECK(classify("NewKindOfRefusal", 403).remedy == Remedy::none);
  CHECK(classify("NewKindOfTrouble", 502).remedy == Remedy::retry);
}

TEST_CASE("codes of the many services have their meaning by form") {
  struct Expected {
    const char* service_code;
    int status;
    ErrorCode code;
  };
  const Expected rows[] = {
      {"ResourceNotFoundException", 400, ErrorCode::not_found},
      {"ParameterNotFound", 400, ErrorCode::not_found},
      {"InvalidInstanceID.NotFound", 400, ErrorCode::not_found},
      {"NoSuchEntity", 404, ErrorCode::not_found},
      {"QueueDoesNotExist", 400, ErrorCode::not_found},
      {"EntityAlreadyExists", 409, ErrorCode::already_exists},
      {"ResourceAlreadyExistsException", 400, ErrorCode::already_exists},
      {"RepositoryAlreadyExistsException", 400, ErrorCode::already_exists},
      {"InvalidGroup.Duplicate", 400, ErrorCode::already_exists},
      {"DependencyViolation", 400, ErrorCode::conflict},
      {"IncorrectInstanceState", 400, ErrorCode::conflict},
      {"DeleteConflict", 409, ErrorCode::conflict},
      {"ResourceInUseException", 400, ErrorCode::conflict},
      {"InvalidGroup.InUse", 400, ErrorCode::conflict},
      {"VcpuLimitExceeded", 400, ErrorCode::permission_denied},
      {"OptInRequired", 401, ErrorCode::permission_denied},
      {"UnauthorizedOperation", 403, ErrorCode::permission_denied},
      {"ConditionalCheckFailedException", 400, ErrorCode::precondition_failed},
      {"PreconditionFailedException", 412, ErrorCode::precondition_failed},
      {"InvalidParameterValueException", 400, ErrorCode::invalid_argument},
      {"MalformedPolicyDocument", 400, ErrorCode::invalid_argument},
      {"ValidationException", 400, ErrorCode::invalid_argument},
      {"BadRequestException", 400, ErrorCode::invalid_argument},
      {"RequestTooLargeException", 413, ErrorCode::invalid_argument},
      {"InsufficientInstanceCapacity", 500, ErrorCode::unavailable},
      {"MaxDocumentSizeExceeded", 400, ErrorCode::invalid_argument},
      {"InvalidRuntimeException", 502, ErrorCode::unavailable},
  };
  for (const Expected& row : rows) {
    CAPTURE(row.service_code);
    CHECK(classify(row.service_code, row.status).error.code == row.code);
  }
  // Another zone may have what this one has not; asking again is no use.
  CHECK(classify("InsufficientInstanceCapacity", 500).remedy == Remedy::none);
}
