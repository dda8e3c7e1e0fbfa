#include "aws/credentials/service_caller.h"

#include "aws/settings.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::aws {

std::string ServiceCaller::configured_region() const {
  std::string region = region_setting(environment(), profile_).value;
  return region.empty() ? surroundings_.region : region;
}

Result<ServiceEndpoint> ServiceCaller::find(const Service& service, std::string_view region) const {
  return find_service(service, region, environment(), profile_, files_);
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

Error while_doing(Error error, std::string_view what, const ServiceEndpoint& service) {
  error.message = fmt::format("{} at {}: {}", what, service.endpoint.host, error.message);
  return error;
}

}  // namespace cloudkit::inline v0::aws
