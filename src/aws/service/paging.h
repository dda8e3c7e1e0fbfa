#pragma once

#include "codec/json.h"

#include <cloudkit/aws_service_client.h>

#include <optional>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::aws::service {

/// What a reply says about where the next page begins. Nothing: it was the last. Errors: `unknown` for a reply that
/// cannot be read.
Result<std::optional<codec::JsonValue>> next_token(ServiceProtocol protocol, std::string_view body,
                                                   std::string_view path);

/// The call for that page. Errors: `invalid_argument` for a body that is no JSON object; `unknown` for a token that
/// cannot be sent.
Result<ServiceCall> with_token(ServiceProtocol protocol, ServiceCall call, std::string_view name,
                               const codec::JsonValue& token);

}  // namespace cloudkit::inline v0::aws::service
