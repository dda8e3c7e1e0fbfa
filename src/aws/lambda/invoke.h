#pragma once

#include "aws/service/call.h"

#include <cloudkit/driver/function_runtime.h>

#include <string_view>

namespace cloudkit::inline v0::aws::lambda {

/// `payload` empty is "{}". A call that the function may have seen is not repeated.
/// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
Result<service::Call> invoke_function(std::string_view name, std::string_view payload, const InvokeOptions& options);

/// That the function failed is a value.
InvokeResult read_invocation(http::Response response);

}  // namespace cloudkit::inline v0::aws::lambda
