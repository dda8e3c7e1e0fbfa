#pragma once

#include <cloudkit/driver/http.h>

#include <string>

namespace cloudkit::inline v0::http {

/// What the service calls a request, fit for messages; empty when it does not say.
std::string request_id_of(const Headers& headers);

}  // namespace cloudkit::inline v0::http
