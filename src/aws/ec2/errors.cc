#include "aws/ec2/errors.h"

#include "aws/service_error.h"

#include <string>
#include <string_view>

namespace cloudkit::inline v0::aws::ec2 {
namespace {

struct Hint {
  std::string_view service_code;
  std::string_view text;
};

constexpr std::string_view kNoRoom = "there is no room for this type now: try another zone or another type";

constexpr Hint kHints[] = {
    {"CannotDelete", "the default firewall of a network goes with the network"},
    {"DependencyViolation",
     "something still uses it: a machine that ends lets go after some minutes; the rules of another firewall may name "
     "it as their peer"},
    {"IdempotentInstanceTerminated", "the machine of this token is gone: take another token"},
    {"IdempotentParameterMismatch", "this token made a machine of other values: take another token"},
    {"InsufficientFreeAddressesInSubnet", "the subnet has no address left: try another one"},
    {"OperationNotPermitted", "is the machine protected against this? aws ec2 describe-instance-attribute tells"},
    {"PendingVerification", "AWS looks at new accounts first, mostly for minutes: wait for its mail"},
    {"OptInRequired", "subscribe to the image or the region first, in AWS's console"},
    {"Unsupported", "not every zone has every type: try another zone or another type"},
    {"VPCIdNotSpecified", kNoDefaultVpc},
};

std::string_view hint_for(const Error& error) {
  for (const Hint& hint : kHints) {
    if (hint.service_code == error.service_code) return hint.text;
  }
  if (error.code == ErrorCode::unavailable && error.service_code.ends_with("Capacity")) return kNoRoom;
  if (error.code == ErrorCode::permission_denied && error.service_code.ends_with("LimitExceeded")) {
    return "a quota of the account is reached: destroy what is not needed, or have it raised by Service Quotas";
  }
  return {};
}

bool says(const Error& error, std::string_view service_code, std::string_view part) {
  return error.service_code == service_code && error.message.find(part) != std::string::npos;
}

// One that was made just now, is missing, or whose role was put into it just now, has no code of its own.
bool is_unknown_profile(const Error& error) {
  return says(error, "InvalidParameterValue", "Invalid IAM Instance Profile") ||
         says(error, "InvalidParameterValue", "has no associated IAM Roles");
}

}  // namespace

std::optional<http::Failure> classify_reply(const http::Request& request, const http::Response& response,
                                            bool receiver_took_body) {
  auto failure = classify_xml_reply(request, response, receiver_took_body);
  if (!failure) return failure;
  Error& error = failure->error;
  if (is_unknown_profile(error)) {
    error.code = ErrorCode::not_found;
    error.retryable = true;
    error.hint = "an instance profile, which is not the role in it, is known some seconds after it was made";
  } else if (says(error, "AuthFailure", "Not authorized for images")) {
    // With credentials and a clock that are right.
    error.code = ErrorCode::permission_denied;
    error.hint = "the image is another account's, who shares it with nobody: is its id right, and of this region?";
    failure->remedy = http::Failure::Remedy::none;
  } else {
    error.hint = hint_for(error);
  }
  // Of a zone, where the same means elsewhere that a thing is never done.
  if (error.service_code == "Unsupported") error.code = ErrorCode::unavailable;
  // Until an interface of a machine that ends is gone.
  if (error.service_code == "DependencyViolation" || error.service_code == "InvalidGroup.InUse") error.retryable = true;
  return failure;
}

}  // namespace cloudkit::inline v0::aws::ec2
