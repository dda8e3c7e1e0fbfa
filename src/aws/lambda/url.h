#pragma once

#include "aws/service/client.h"

#include <cloudkit/function_types.h>

#include <optional>
#include <string_view>

/// Function URLs: one a function, for every method and path below it.
/// https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
namespace cloudkit::inline v0::aws::lambda {

Result<service::Call> get_function_url(std::string_view function);
Result<service::Call> create_function_url(std::string_view function, bool is_public);
Result<service::Call> update_function_url(std::string_view function, bool is_public);
Result<service::Call> delete_function_url(std::string_view function);
/// Errors: `unknown`.
Result<cloudkit::Endpoint> read_function_url(const http::Response& response);

/// Made, or made public or private, with the permissions that this needs.
Result<cloudkit::Endpoint> expose_by_url(service::Client& lambda, std::string_view function, const EndpointSpec& spec);
Result<std::optional<cloudkit::Endpoint>> find_url(service::Client& lambda, std::string_view function,
                                                   const Context& context);
/// A missing one is success.
Status unexpose_url(service::Client& lambda, std::string_view function, const Context& context);

}  // namespace cloudkit::inline v0::aws::lambda
