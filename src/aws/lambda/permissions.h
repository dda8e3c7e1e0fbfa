#pragma once

#include "aws/service/client.h"

#include <string>
#include <string_view>

/// Who else may invoke a function: statements of its own policy.
/// https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
namespace cloudkit::inline v0::aws::lambda {

struct Permission {
  std::string action = "lambda:InvokeFunction";
  std::string principal = {};      ///< "apigateway.amazonaws.com", or "*".
  std::string source_arn = {};     ///< What of the principal's; empty: anything.
  std::string url_auth_type = {};  ///< Of a Function URL: "NONE".
  bool via_function_url = false;   ///< Only through the Function URL.
  std::string purpose = {};        ///< Tells apart what is granted for several reasons.
};

/// Follows from the permission, so that the same one is granted once.
std::string statement_id(const Permission& permission);

Result<service::Call> add_permission(std::string_view function, const Permission& permission);
Result<service::Call> remove_permission(std::string_view function, const Permission& permission);

/// One that is granted already is success.
Status grant(service::Client& lambda, std::string_view function, const Permission& permission, const Context& context);
/// One that is not granted, and a function that is gone, are success.
Status revoke(service::Client& lambda, std::string_view function, const Permission& permission, const Context& context);

}  // namespace cloudkit::inline v0::aws::lambda
