#pragma once

#include <cloudkit/driver/http.h>

#include <optional>

namespace cloudkit::inline v0::aws::lambda {

/// The `http::Classifier` of Lambda: where one code means several things its message decides. What the caller should
/// try again after a while is `retryable`, but not repeated here.
/// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
std::optional<http::Failure> classify_reply(const http::Request& request, const http::Response& response,
                                            bool receiver_took_body);

}  // namespace cloudkit::inline v0::aws::lambda
