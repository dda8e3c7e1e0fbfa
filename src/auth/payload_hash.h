#pragma once

#include <cloudkit/context.h>
#include <cloudkit/driver/http.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::auth {

inline constexpr std::string_view kContentSha256 = "x-amz-content-sha256";

/// What a signature says of the body: the header x-amz-content-sha256 where the request has one,
/// else the body's hash, which costs a pass over it. Errors: `io` of the source, `cancelled`,
/// `timeout`.
Result<std::string> payload_hash(const http::Request& request, const Context& context);

}  // namespace cloudkit::inline v0::auth
