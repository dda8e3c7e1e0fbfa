#include "http/classify.h"

namespace cloudkit::inline v0::http {
namespace {

using Remedy = Failure::Remedy;

struct Meaning {
  ErrorCode code = ErrorCode::unknown;
  Remedy remedy = Remedy::none;
};

struct Row {
  std::string_view service_code;
  Meaning meaning;
};

// S3's codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
// STS's:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors
// EC2's: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
// IAM Identity Center's:
// https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html#API_CreateToken_Errors Common
// to AWS: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonErrors.html What AWS's own clients repeat:
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
constexpr Row kRows[] = {
    {"NoSuchBucket", {ErrorCode::not_found}},
    {"NoSuchKey", {ErrorCode::not_found}},
    {"NoSuchTagSet", {ErrorCode::not_found}},
    {"NoSuchUpload", {ErrorCode::not_found}},
    {"NoSuchVersion", {ErrorCode::not_found}},
    {"NotFound", {ErrorCode::not_found}},
    {"VPCIdNotSpecified", {ErrorCode::not_found}},

    {"BucketAlreadyExists", {ErrorCode::already_exists}},
    {"BucketAlreadyOwnedByYou", {ErrorCode::already_exists}},

    // The key that encrypts the object, and not the object.
    {"KMS.DisabledException", {ErrorCode::conflict}},
    {"KMS.KMSInvalidStateException", {ErrorCode::conflict}},
    {"KMS.NotFoundException", {ErrorCode::conflict}},
    {"BucketNotEmpty", {ErrorCode::conflict}},
    {"InvalidBucketState", {ErrorCode::conflict}},
    {"InvalidObjectState", {ErrorCode::conflict}},
    {"ObjectAlreadyInActiveTierError", {ErrorCode::conflict}},
    {"RestoreAlreadyInProgress", {ErrorCode::conflict}},
    {"ConcurrentModification", {ErrorCode::conflict, Remedy::retry}},
    {"ConcurrentModificationException", {ErrorCode::conflict, Remedy::retry}},
    {"ConcurrentTagAccess", {ErrorCode::conflict, Remedy::retry}},
    // Of another change at the same time, or of one before. Once: the second stays until somebody looks again.
    {"ConflictException", {ErrorCode::conflict, Remedy::retry_once}},
    {"CannotDelete", {ErrorCode::conflict}},
    {"DeleteConflict", {ErrorCode::conflict}},
    {"DependencyViolation", {ErrorCode::conflict}},
    {"IdempotentInstanceTerminated", {ErrorCode::conflict}},
    {"IdempotentParameterMismatch", {ErrorCode::conflict}},
    {"IncorrectInstanceState", {ErrorCode::conflict}},
    {"IncorrectState", {ErrorCode::conflict}},
    {"OperationNotPermitted", {ErrorCode::conflict}},

    {"PreconditionFailed", {ErrorCode::precondition_failed}},
    {"PreconditionFailedException", {ErrorCode::precondition_failed}},
    {"NotModified", {ErrorCode::not_modified}},

    {"AccessDenied", {ErrorCode::permission_denied}},
    {"AccessDeniedException", {ErrorCode::permission_denied}},
    {"AccountProblem", {ErrorCode::permission_denied}},
    {"OptInRequired", {ErrorCode::permission_denied}},
    {"PendingVerification", {ErrorCode::permission_denied}},
    {"AllAccessDisabled", {ErrorCode::permission_denied}},
    {"UnauthorizedAccess", {ErrorCode::permission_denied}},
    {"UnauthorizedOperation", {ErrorCode::permission_denied}},

    {"IDPRejectedClaim", {ErrorCode::unauthenticated}},
    {"IncompleteSignature", {ErrorCode::unauthenticated}},
    {"InvalidAccessKeyId", {ErrorCode::unauthenticated}},
    {"InvalidClientException", {ErrorCode::unauthenticated}},
    {"InvalidClientTokenId", {ErrorCode::unauthenticated}},
    {"InvalidGrantException", {ErrorCode::unauthenticated}},
    {"InvalidIdentityToken", {ErrorCode::unauthenticated}},
    {"MissingAuthenticationToken", {ErrorCode::unauthenticated}},
    {"MissingSecurityHeader", {ErrorCode::unauthenticated}},
    {"UnrecognizedClientException", {ErrorCode::unauthenticated}},
    {"ExpiredToken", {ErrorCode::unauthenticated, Remedy::refresh_credentials}},
    {"ExpiredTokenException", {ErrorCode::unauthenticated, Remedy::refresh_credentials}},
    {"InvalidToken", {ErrorCode::unauthenticated, Remedy::refresh_credentials}},
    {"TokenRefreshRequired", {ErrorCode::unauthenticated, Remedy::refresh_credentials}},
    {"RequestTimeTooSkewed", {ErrorCode::unauthenticated, Remedy::correct_clock}},
    {"AuthFailure", {ErrorCode::unauthenticated, Remedy::suspect_clock}},
    {"InvalidSignatureException", {ErrorCode::unauthenticated, Remedy::suspect_clock}},
    // EC2 says it of session tokens too: https://github.com/aws/aws-sdk-go/issues/253
    {"RequestExpired", {ErrorCode::unauthenticated, Remedy::suspect_time}},
    {"RequestInTheFuture", {ErrorCode::unauthenticated, Remedy::suspect_clock}},
    {"SignatureDoesNotMatch", {ErrorCode::unauthenticated, Remedy::suspect_clock}},

    {"EntityTooLarge", {ErrorCode::invalid_argument}},
    {"FilterLimitExceeded", {ErrorCode::invalid_argument}},
    {"EntityTooSmall", {ErrorCode::invalid_argument}},
    {"InvalidArgument", {ErrorCode::invalid_argument}},
    {"InvalidBucketName", {ErrorCode::invalid_argument}},
    {"InvalidDigest", {ErrorCode::invalid_argument}},
    {"InvalidLocationConstraint", {ErrorCode::invalid_argument}},
    {"InvalidPart", {ErrorCode::invalid_argument}},
    {"InvalidPartOrder", {ErrorCode::invalid_argument}},
    {"InvalidRange", {ErrorCode::invalid_argument}},
    {"InvalidRequest", {ErrorCode::invalid_argument}},
    {"InvalidStorageClass", {ErrorCode::invalid_argument}},
    {"InvalidTag", {ErrorCode::invalid_argument}},
    {"InvalidURI", {ErrorCode::invalid_argument}},
    {"KeyTooLongError", {ErrorCode::invalid_argument}},
    {"MalformedXML", {ErrorCode::invalid_argument}},
    {"MaxDocumentSizeExceeded", {ErrorCode::invalid_argument}},
    {"MetadataTooLarge", {ErrorCode::invalid_argument}},
    {"MissingContentLength", {ErrorCode::invalid_argument}},
    {"TagLimitExceeded", {ErrorCode::invalid_argument}},
    {"TooManyBuckets", {ErrorCode::invalid_argument}},
    {"BadRequestException", {ErrorCode::invalid_argument}},
    {"RequestEntityTooLargeException", {ErrorCode::invalid_argument}},
    {"RequestResourceCountExceeded", {ErrorCode::invalid_argument}},
    {"RequestTooLargeException", {ErrorCode::invalid_argument}},
    {"SerializationException", {ErrorCode::invalid_argument}},
    {"UnsupportedMediaTypeException", {ErrorCode::invalid_argument}},
    {"ValidationError", {ErrorCode::invalid_argument}},
    // Wrong region or endpoint. Whoever knows the right one asks there; the client cannot.
    {"AuthorizationHeaderMalformed", {ErrorCode::invalid_argument}},
    {"IllegalLocationConstraintException", {ErrorCode::invalid_argument}},
    {"PermanentRedirect", {ErrorCode::invalid_argument}},
    // Of a new bucket, until its name is known everywhere.
    {"TemporaryRedirect", {ErrorCode::unavailable, Remedy::retry_throttled}},

    {"MethodNotAllowed", {ErrorCode::unsupported}},
    {"NotImplemented", {ErrorCode::unsupported}},
    {"Unsupported", {ErrorCode::unsupported}},
    {"UnsupportedOperation", {ErrorCode::unsupported}},
    {"XNotImplemented", {ErrorCode::unsupported}},

    {"BandwidthLimitExceeded", {ErrorCode::throttled, Remedy::retry_throttled}},
    {"EC2ThrottledException", {ErrorCode::throttled, Remedy::retry_throttled}},
    {"LimitExceededException", {ErrorCode::throttled, Remedy::retry_throttled}},
    {"PriorRequestNotComplete", {ErrorCode::throttled, Remedy::retry_throttled}},
    {"ProvisionedThroughputExceededException", {ErrorCode::throttled, Remedy::retry_throttled}},
    {"RequestLimitExceeded", {ErrorCode::throttled, Remedy::retry_throttled}},
    {"RequestThrottled", {ErrorCode::throttled, Remedy::retry_throttled}},
    {"RequestThrottledException", {ErrorCode::throttled, Remedy::retry_throttled}},
    {"SlowDown", {ErrorCode::throttled, Remedy::retry_throttled}},
    {"SlowDownRead", {ErrorCode::throttled, Remedy::retry_throttled}},
    {"SlowDownWrite", {ErrorCode::throttled, Remedy::retry_throttled}},
    {"ThrottledException", {ErrorCode::throttled, Remedy::retry_throttled}},
    {"Throttling", {ErrorCode::throttled, Remedy::retry_throttled}},
    {"ThrottlingException", {ErrorCode::throttled, Remedy::retry_throttled}},
    {"TooManyRequests", {ErrorCode::throttled, Remedy::retry_throttled}},
    {"TooManyRequestsException", {ErrorCode::throttled, Remedy::retry_throttled}},
    {"TransactionInProgressException", {ErrorCode::throttled, Remedy::retry_throttled}},

    // These also come inside a reply with status 200, or with 409.
    {"BadGateway", {ErrorCode::unavailable, Remedy::retry}},
    {"ConditionalRequestConflict", {ErrorCode::unavailable, Remedy::retry}},
    {"IDPCommunicationError", {ErrorCode::unavailable, Remedy::retry}},
    {"IncompleteBody", {ErrorCode::unavailable, Remedy::retry}},
    {"InternalError", {ErrorCode::unavailable, Remedy::retry}},
    {"InternalFailure", {ErrorCode::unavailable, Remedy::retry}},
    {"InternalServerError", {ErrorCode::unavailable, Remedy::retry}},
    {"InternalServiceError", {ErrorCode::unavailable, Remedy::retry}},
    {"OperationAborted", {ErrorCode::unavailable, Remedy::retry}},
    {"ServiceUnavailable", {ErrorCode::unavailable, Remedy::retry}},
    {"QuotaExceeded", {ErrorCode::unavailable}},
    {"InsufficientFreeAddressesInSubnet", {ErrorCode::unavailable}},
    {"XMinioStorageFull", {ErrorCode::unavailable}},
    {"RequestTimeout", {ErrorCode::timeout, Remedy::retry}},
    {"RequestTimeoutException", {ErrorCode::timeout, Remedy::retry}},

    // Once: a bit that flipped on the way does not flip again, a wrong checksum stays wrong.
    {"BadDigest", {ErrorCode::data_loss, Remedy::retry_once}},
    {"XAmzContentChecksumMismatch", {ErrorCode::data_loss, Remedy::retry_once}},
    {"XAmzContentSHA256Mismatch", {ErrorCode::data_loss, Remedy::retry_once}},
};

Meaning by_status(std::string_view service_code, int status) {
  switch (status) {
    case 304: return {ErrorCode::not_modified};
    case 401: return {ErrorCode::unauthenticated};
    // A refused HEAD has no body to say that the clock was the reason.
    case 403: return {ErrorCode::permission_denied, service_code.empty() ? Remedy::suspect_clock : Remedy::none};
    case 404: return {ErrorCode::not_found};
    case 405:
    case 501: return {ErrorCode::unsupported};
    case 408: return {ErrorCode::timeout, Remedy::retry};
    case 409: return {ErrorCode::conflict};
    case 411:
    case 413:
    case 414:
    case 416: return {ErrorCode::invalid_argument};
    case 412: return {ErrorCode::precondition_failed};
    case 429: return {ErrorCode::throttled, Remedy::retry_throttled};
    case 500:
    case 502:
    case 503:
    case 504: return {ErrorCode::unavailable, Remedy::retry};
    case 507: return {ErrorCode::unavailable};  // The store is full.
    default: return {ErrorCode::unknown, status >= 500 && status <= 599 ? Remedy::retry : Remedy::none};
  }
}

struct Form {
  std::string_view begin;
  std::string_view end;
  ErrorCode code;
};

// How AWS names what hundreds of services refuse with 400: "EntityAlreadyExists", "InvalidInstanceID.NotFound". The
// first that fits decides.
constexpr Form kForms[] = {
    {"", "NotFound", ErrorCode::not_found},
    {"", "NotFoundException", ErrorCode::not_found},
    {"", "NotFoundFault", ErrorCode::not_found},
    {"", "DoesNotExist", ErrorCode::not_found},
    {"", "DoesNotExistException", ErrorCode::not_found},
    {"NoSuch", "", ErrorCode::not_found},
    {"", "AlreadyExists", ErrorCode::already_exists},
    {"", "AlreadyExistsException", ErrorCode::already_exists},
    {"", ".Duplicate", ErrorCode::already_exists},
    {"", "InUse", ErrorCode::conflict},
    {"", "InUseException", ErrorCode::conflict},
    {"AccessDenied", "", ErrorCode::permission_denied},
    {"", "LimitExceeded", ErrorCode::permission_denied},
    {"", "CheckFailedException", ErrorCode::precondition_failed},
    {"Invalid", "", ErrorCode::invalid_argument},
    {"Malformed", "", ErrorCode::invalid_argument},
    {"Missing", "", ErrorCode::invalid_argument},
    {"", "ValidationException", ErrorCode::invalid_argument},
};

Meaning by_form(std::string_view service_code, int status) {
  // "InsufficientInstanceCapacity": comes with 500 too, and stays for longer than a request lasts. Another zone may
  // have it.
  if (service_code.starts_with("Insufficient") && service_code.ends_with("Capacity")) return {ErrorCode::unavailable};
  // A failing service's code says nothing of the caller.
  if (status >= 400 && status <= 499) {
    for (const Form& form : kForms) {
      const bool fits = service_code.size() >= form.begin.size() + form.end.size() &&
                        service_code.starts_with(form.begin) && service_code.ends_with(form.end);
      if (fits) return {form.code};
    }
  }
  return by_status(service_code, status);
}

Meaning meaning_of(std::string_view service_code, int status) {
  for (const Row& row : kRows) {
    if (row.service_code == service_code) return row.meaning;
  }
  return service_code.empty() ? by_status(service_code, status) : by_form(service_code, status);
}

}  // namespace

Failure classify(std::string_view service_code, int status) {
  const Meaning meaning = meaning_of(service_code, status);
  Failure failure;
  failure.error.code = meaning.code;
  failure.error.service_code = service_code;
  failure.error.http_status = status;
  failure.error.retryable = meaning.remedy == Remedy::retry || meaning.remedy == Remedy::retry_once ||
                            meaning.remedy == Remedy::retry_throttled;
  failure.remedy = meaning.remedy;
  return failure;
}

}  // namespace cloudkit::inline v0::http
