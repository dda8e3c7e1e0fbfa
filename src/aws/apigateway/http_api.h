#pragma once

#include "aws/apigateway/http_protocol.h"
#include "aws/apigateway/rest_api.h"

#include <cloudkit/function_types.h>

#include <string_view>
#include <vector>

/// Endpoints that are HTTP APIs: as those that are REST APIs.
namespace cloudkit::inline v0::aws::apigateway {

Result<cloudkit::Endpoint> expose_by_http_api(Gateways gateways, const lambda::FunctionRef& function,
                                              const EndpointSpec& spec);
Result<std::vector<cloudkit::Endpoint>> list_http_endpoints(Gateways gateways, std::string_view function,
                                                            const Context& context);
Status unexpose_http_api(Gateways gateways, std::string_view function, const cloudkit::Endpoint& endpoint,
                         const Context& context);

}  // namespace cloudkit::inline v0::aws::apigateway
