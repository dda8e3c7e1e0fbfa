#include "gcp/gcs/error_table.h"

#include "core/encode.h"
#include "core/object_rules.h"

namespace cloudkit::inline v0::gcp::gcs {
namespace {

using Remedy = http::Failure::Remedy;

struct Row {
  std::string_view code;
  Meaning meaning;
};

// https://cloud.google.com/storage/docs/json_api/v1/status-codes
// https://cloud.google.com/storage/docs/xml-api/reference-status
// What is repeated: https://cloud.google.com/storage/docs/retry-strategy
constexpr Row kRows[] = {
    {"notFound", {ErrorCode::not_found}},
    {"conditionNotMet", {ErrorCode::precondition_failed}},
    {"conflict", {ErrorCode::conflict}},
    {"retentionPolicyNotMet", {ErrorCode::conflict}},
    {"objectUnderActiveHold", {ErrorCode::conflict}},
    {"forbidden", {ErrorCode::permission_denied}},
    {"constraintViolated", {ErrorCode::permission_denied}},
    {"insufficientPermissions", {ErrorCode::permission_denied}},
    {"accountDisabled", {ErrorCode::permission_denied}},
    {"countryBlocked", {ErrorCode::permission_denied}},
    {"sslRequired", {ErrorCode::permission_denied}},
    {"userProjectAccessDenied", {ErrorCode::permission_denied}},
    {"userProjectAccountProblem", {ErrorCode::permission_denied}},
    {"UserProjectAccessDenied", {ErrorCode::permission_denied}},
    {"authError", {ErrorCode::unauthenticated, Remedy::refresh_credentials}},
    {"AuthenticationRequired", {ErrorCode::unauthenticated, Remedy::refresh_credentials}},
    {"invalid", {ErrorCode::invalid_argument}},
    {"invalidArgument", {ErrorCode::invalid_argument}},
    {"invalidParameter", {ErrorCode::invalid_argument}},
    {"badRequest", {ErrorCode::invalid_argument}},
    {"parseError", {ErrorCode::invalid_argument}},
    {"required", {ErrorCode::invalid_argument}},
    {"uploadTooLarge", {ErrorCode::invalid_argument}},
    {"requestedRangeNotSatisfiable", {ErrorCode::invalid_argument}},
    {"userProjectMissing", {ErrorCode::invalid_argument}},
    {"UserProjectMissing", {ErrorCode::invalid_argument}},
    {"methodNotAllowed", {ErrorCode::unsupported}},
    {"notImplemented", {ErrorCode::unsupported}},
    {"unsupportedMediaType", {ErrorCode::unsupported}},
    {"rateLimitExceeded", {ErrorCode::throttled, Remedy::retry_throttled}},
    {"userRateLimitExceeded", {ErrorCode::throttled, Remedy::retry_throttled}},
    {"usageLimits", {ErrorCode::throttled, Remedy::retry_throttled}},
    {"backendError", {ErrorCode::unavailable, Remedy::retry}},
    {"internalError", {ErrorCode::unavailable, Remedy::retry}},
    {"gatewayTimeout", {ErrorCode::unavailable, Remedy::retry}},
    // They stay for longer than a request lasts.
    {"quotaExceeded", {ErrorCode::unavailable}},
    {"dailyLimitExceeded", {ErrorCode::unavailable}},
};

struct Hint {
  std::string_view code;
  std::string_view text;
};

constexpr Hint kHints[] = {
    {"BadDigest", "the bytes changed on their way to the service"},
    {"BucketAlreadyExists", "bucket names are shared by all of Google's customers: choose another one"},
    {"BucketAlreadyOwnedByYou", core::kUseExistingBucket},
    {"BucketNotEmpty", "remove its objects first, and in a versioned bucket their versions"},
    {"NoSuchBucket", "check the bucket's name, and that the endpoint is the right one"},
    {"NoSuchKey",
     "check the key: upper and lower case differ, and keys rarely begin with '/'; list shows what is there"},
    {"conditionNotMet", "it is not as the condition says: look at the object again, and decide anew"},
    {"PreconditionFailed", "it is not as the condition says: look at the object again, and decide anew"},
    {"constraintViolated",
     "a policy of the organisation forbids it: follow the constraint that the message names, or ask who sets it"},
    {"rateLimitExceeded", "one object takes about one write a second: use fewer workers, or other keys"},
    {"SlowDown", "one object takes about one write a second: use fewer workers, or other keys"},
    {"retentionPolicyNotMet", "the bucket's retention policy keeps the object for now"},
    {"objectUnderActiveHold", "a hold keeps the object: release it first"},
    {"userProjectMissing", "the bucket's readers pay: set GcsOptions::user_project to a project that may be charged"},
    {"UserProjectMissing", "the bucket's readers pay: set GcsOptions::user_project to a project that may be charged"},
    {"quotaExceeded", "a quota of the project is used up"},
    {"accountDisabled", "billing of the project is disabled, or its account is"},
};

}  // namespace

const Meaning* meaning_in_table(std::string_view code) noexcept {
  for (const Row& row : kRows) {
    if (row.code == code) return &row.meaning;
  }
  return nullptr;
}

std::string hint_for(std::string_view code, const http::Response& response) {
  for (const Hint& hint : kHints) {
    if (hint.code == code) return std::string(hint.text);
  }
  const bool is_html = core::to_lower(response.headers.get("content-type")).starts_with("text/html");
  if (code.empty() && is_html && !response.body.empty()) {
    return "HTML came back: a proxy stands between, or the endpoint is not Google Cloud Storage";
  }
  return {};
}

}  // namespace cloudkit::inline v0::gcp::gcs
