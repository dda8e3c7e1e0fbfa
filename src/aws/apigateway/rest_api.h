#pragma once

#include "aws/apigateway/rest_protocol.h"

#include <cloudkit/function_types.h>

#include <string_view>
#include <vector>

/// Endpoints that are REST APIs.
namespace cloudkit::inline v0::aws::apigateway {

struct Gateways {
  service::Client& lambda;
  service::Client& apis;
};

/// Found and made equal to `spec`, or made; deployed again where its stage does not show it.
Result<cloudkit::Endpoint> expose_by_rest_api(Gateways gateways, const lambda::FunctionRef& function,
                                              const EndpointSpec& spec);
/// Those of a function, of every stage.
Result<std::vector<cloudkit::Endpoint>> list_rest_endpoints(Gateways gateways, std::string_view function,
                                                            std::string_view region, const Context& context);
/// The last endpoint of an API takes the API along. A missing one, and one that is not cloudkit's, is success. What the
/// function permits stays; see `withdraw`.
Status unexpose_rest_api(Gateways gateways, std::string_view function, std::string_view region,
                         const cloudkit::Endpoint& endpoint, const Context& context);
/// The permission that went with an endpoint.
Status withdraw(service::Client& lambda, const lambda::FunctionRef& function, const cloudkit::Endpoint& endpoint,
                const Context& context);

}  // namespace cloudkit::inline v0::aws::apigateway
