#pragma once

#include <cloudkit/driver/http.h>

#include <string>
#include <string_view>

/// Gateways and proxies quote requests in their errors, and errors end in logs.
namespace cloudkit::inline v0::http {

/// What a request proves its sender with: tokens, signatures, ids of upload sessions. A line each, as it was sent and
/// as somebody may quote it who did not decode it.
std::string secrets_of(const Request& request);

/// `text` with "..." for what it has in common with `secrets`, as far as that is 8 characters or longer.
std::string redacted(std::string_view text, std::string_view secrets);

}  // namespace cloudkit::inline v0::http
