#pragma once

#include <cloudkit/driver/http.h>

#include <string_view>

namespace cloudkit::inline v0::http {

/// What a failed reply of an AWS-style service means: by the service's own code first, by the
/// status second. `service_code` is empty where the reply had none, as every reply to HEAD.
/// Fills `code`, `service_code`, `http_status` and `retryable` of the error; the message and the
/// rest are the caller's. Never call it for a reply that is a success.
Failure classify(std::string_view service_code, int status);

}  // namespace cloudkit::inline v0::http
