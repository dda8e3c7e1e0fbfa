#pragma once

#include <cloudkit/aws_service_client.h>

#include <optional>
#include <string_view>

namespace cloudkit::inline v0::aws::service {

/// By the name that AWS's CLI has for it: "sagemaker-runtime". Nothing for one that is not in the table.
std::optional<ServiceDescription> known_service(std::string_view name);
/// "apigateway, apigatewayv2, …"
std::string known_service_names();

}  // namespace cloudkit::inline v0::aws::service
