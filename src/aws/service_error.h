#pragma once

#include <cloudkit/driver/http.h>

#include <optional>

/// What AWS's services say when they refuse. Any 2xx is a success. What their codes mean says `http::classify`.
namespace cloudkit::inline v0::aws {

/// The `http::Classifier` of services that speak JSON: the code from the header x-amzn-errortype or the
/// body, in the forms that AWS's protocols and OAuth have.
/// https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
std::optional<http::Failure> classify_json_reply(const http::Request& request, const http::Response& response,
                                                 bool receiver_took_body);

/// The same for those that speak XML: ErrorResponse > Error, and EC2's Response > Errors > Error.
/// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#operation-error-serialization
std::optional<http::Failure> classify_xml_reply(const http::Request& request, const http::Response& response,
                                                bool receiver_took_body);

}  // namespace cloudkit::inline v0::aws
