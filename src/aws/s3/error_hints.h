#pragma once

#include <cloudkit/driver/http.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::aws::s3 {

/// What to try after an error with this code of S3, in one line; "" when there is nothing to say.
std::string hint_for(std::string_view service_code, const http::Response& response);

}  // namespace cloudkit::inline v0::aws::s3
