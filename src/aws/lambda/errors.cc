#include "aws/lambda/errors.h"

#include "aws/service_error.h"

#include <algorithm>
#include <string_view>

namespace cloudkit::inline v0::aws::lambda {
namespace {

using Remedy = http::Failure::Remedy;

// The function has not run yet, and soon can.
constexpr std::string_view kNotReady[] = {"CodeArtifactUserPendingException", "ENINotReadyException",
                                          "ResourceNotReadyException", "SnapStartNotReadyException"};

bool says(const Error& error, std::string_view words) { return error.message.find(words) != std::string::npos; }

// A role, or what its policies allow, takes a while to be known everywhere.
bool is_unknown_role(const Error& error) {
  return error.service_code == "InvalidParameterValueException" &&
         (says(error, "cannot be assumed") || says(error, "KMS key") ||
          says(error, "does not have permissions to call CreateNetworkInterface"));
}

void settle_conflict(http::Failure& failure) {
  failure.error.code = ErrorCode::conflict;
  failure.error.retryable = true;
  failure.error.hint = "another change of this function has not ended yet";
}

}  // namespace

std::optional<http::Failure> classify_reply(const http::Request& request, const http::Response& response,
                                            bool receiver_took_body) {
  auto failure = classify_json_reply(request, response, receiver_took_body);
  if (!failure) return failure;
  Error& error = failure->error;
  if (response.status == 409 && says(error, "already exist")) {
    error.code = ErrorCode::already_exists;
  } else if (error.service_code == "ResourceConflictException") {
    settle_conflict(*failure);
  } else if (is_unknown_role(error)) {
    error.code = ErrorCode::permission_denied;
    error.retryable = true;
    error.hint = "the role's trust policy must let lambda.amazonaws.com assume it; a new role takes some seconds";
  } else if (std::find(std::begin(kNotReady), std::end(kNotReady), error.service_code) != std::end(kNotReady)) {
    error.code = ErrorCode::conflict;
    error.retryable = true;
    failure->remedy = Remedy::retry_throttled;
  } else if (response.status == 502 && failure->remedy == Remedy::retry && !error.service_code.empty()) {
    // A key that is disabled, a subnet without addresses: it stays so.
    error.code = ErrorCode::conflict;
    error.retryable = false;
    failure->remedy = Remedy::none;
  }
  return failure;
}

}  // namespace cloudkit::inline v0::aws::lambda
