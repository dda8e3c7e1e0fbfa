#include "aws/service_address.h"

#include "aws/s3/endpoint.h"
#include "aws/service_endpoint.h"
#include "core/encode.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cloudkit::inline v0::aws {
namespace {

std::string setting(const Environment& environment, const std::string& name, const ChosenProfile& profile,
                    std::string_view property) {
  std::string value = variable(environment, name);
  return value.empty() ? profile.get(property) : value;
}

std::string configured(const ServiceName& service, const ChosenProfile& profile, const ProfileFiles& files,
                       const Environment& environment) {
  std::string suffix = core::to_lower(service.id);
  for (char& c : suffix) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  for (const std::string& name : {"AWS_ENDPOINT_URL_" + suffix, std::string("AWS_ENDPOINT_URL")}) {
    if (std::string url = variable(environment, name); !url.empty()) return url;
  }
  const auto section = files.set.services.find(profile.get("services"));
  if (section != files.set.services.end()) {
    const auto url = nested_property(property_of(section->second, service.id), "endpoint_url");
    if (url && !url->empty()) return *url;
  }
  return profile.get("endpoint_url");
}

}  // namespace

Result<ServiceAddress> service_address(const ServiceName& service, std::string_view region,
                                       const ChosenProfile& profile, const ProfileFiles& files,
                                       const Environment& environment) {
  ServiceAddress address;
  if (auto valid = check_region(region); !valid) return std::move(valid).error();
  address.region = signing_region(region);
  if (const std::string url = configured(service, profile, files, environment); !url.empty()) {
    auto endpoint = s3::parse_endpoint(url, true);
    if (!endpoint) return std::move(endpoint).error();
    address.scheme = std::move(endpoint->scheme);
    address.host = std::move(endpoint->host);
    address.base_path = std::move(endpoint->base_path);
    return address;
  }
  const EndpointVariant variant{
      setting(environment, "AWS_USE_FIPS_ENDPOINT", profile, "use_fips_endpoint") == "true",
      setting(environment, "AWS_USE_DUALSTACK_ENDPOINT", profile, "use_dualstack_endpoint") == "true"};
  auto host = service_host(service.host_prefix, region, variant);
  if (!host) return std::move(host).error();
  address.host = *std::move(host);
  return address;
}

http::Request request_to(const ServiceAddress& address, http::Method method, std::string_view path) {
  http::Request request;
  request.method = method;
  request.scheme = address.scheme;
  request.host = address.host;
  request.path = address.base_path + std::string(path);
  return request;
}

}  // namespace cloudkit::inline v0::aws
