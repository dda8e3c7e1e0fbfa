#pragma once

#include "aws/credentials/surroundings.h"

#include <cloudkit/driver/http.h>

#include <string>
#include <string_view>

/// What the endpoints of containers and of instances have in common.
namespace cloudkit::inline v0::aws {

/// Three attempts; a reply means what its status says.
http::ClientOptions metadata_client_options(const Surroundings& surroundings);

/// No answer of theirs has more than a few kilobytes.
constexpr std::size_t kMaxMetadataReply = std::size_t{64} << 10;

/// Says whose error it is. What the service refused is `unauthenticated`: a 404 here must not look
/// like an object that does not exist.
Error metadata_error(Error error, std::string_view place);

}  // namespace cloudkit::inline v0::aws
