#pragma once

#include "aws/service_endpoint.h"
#include "core/url_choice.h"

#include <cloudkit/aws_service_client.h>

#include <utility>

/// What the options and URLs of several runtimes have in common: who asks, and where.
namespace cloudkit::inline v0::aws::service {

/// Errors: `invalid_argument` for a region that cannot be one.
template <class Options>
Result<ServiceOptions> service_options(Options options) {
  if (!options.region.empty()) {
    if (auto valid = check_region(options.region); !valid) return std::move(valid).error();
  }
  ServiceOptions service;
  service.region = std::move(options.region);
  service.endpoint = std::move(options.endpoint);
  service.profile = std::move(options.profile);
  service.allow_http = options.allow_http;
  service.credentials = std::move(options.credentials);
  service.retry = options.retry;
  service.transport = std::move(options.transport);
  service.fips = options.fips;
  service.dual_stack = options.dual_stack;
  return service;
}

/// What `aws://REGION` says; its query: endpoint, profile, fips, dual_stack (true, false). Errors: `invalid_argument`.
template <class Options>
Result<Options> options_at(const Url& url) {
  if (!url.path.empty() && url.path != "/") {
    return core::invalid_argument("nothing stands behind the region", "write aws://REGION");
  }
  Options options;
  options.region = url.host;
  options.endpoint = url.get("endpoint");
  options.profile = url.get("profile");
  Status chosen = core::choose(url, "fips", core::kBooleans, options.fips);
  if (chosen) chosen = core::choose(url, "dual_stack", core::kBooleans, options.dual_stack);
  if (!chosen) return std::move(chosen).error();
  return options;
}

}  // namespace cloudkit::inline v0::aws::service
