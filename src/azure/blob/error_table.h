#pragma once

#include <cloudkit/driver/http.h>

#include <string_view>

namespace cloudkit::inline v0::azure::blob {

struct Meaning {
  ErrorCode code = ErrorCode::unknown;
  http::Failure::Remedy remedy = http::Failure::Remedy::none;
  std::string_view hint = {};  ///< What to try, in one line; "" when there is nothing to say.
};

/// By the service's own code first, by the status second. `service_code` may be empty.
Meaning meaning_of(std::string_view service_code, int status);

}  // namespace cloudkit::inline v0::azure::blob
