#pragma once

#include <cloudkit/driver/http.h>

#include <optional>

namespace cloudkit::inline v0::aws {

/// The `http::Classifier` of services that speak JSON: the code from the header x-amzn-errortype or the
/// body, in the forms that AWS's protocols and OAuth have. Any 2xx is a success.
/// https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
std::optional<http::Failure> classify_json_reply(const http::Request& request, const http::Response& response,
                                                 bool receiver_took_body);

}  // namespace cloudkit::inline v0::aws
