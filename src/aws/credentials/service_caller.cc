#include "aws/credentials/service_caller.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::aws {

std::string ServiceCaller::configured_region() const {
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (std::string region = variable(environment(), name); !region.empty()) return region;
  }
  return profile_.get("region");
}

Result<ServiceAddress> ServiceCaller::address_of(const ServiceName& service, std::string_view region) const {
  return service_address(service, region, profile_, files_, environment());
}

Result<http::Response> ServiceCaller::send(http::Request request, http::Classifier classifier,
                                           std::shared_ptr<http::Signer> signer, const Context& context) const {
  http::ClientOptions options;
  options.transport = surroundings_.transport;
  options.signer = std::move(signer);
  options.classifier = std::move(classifier);
  options.hooks = surroundings_.hooks;
  return http::Client(std::move(options)).send(std::move(request), context);
}

Error while_doing(Error error, std::string_view what, const ServiceAddress& address) {
  error.message = fmt::format("{} at {}: {}", what, address.host, error.message);
  return error;
}

}  // namespace cloudkit::inline v0::aws
