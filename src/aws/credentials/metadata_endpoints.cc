#include "aws/credentials/metadata_endpoints.h"

#include "core/encode.h"
#include "core/fail.h"
#include "http/parse_url.h"
#include "http/request_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace cloudkit::inline v0::aws {
namespace {

constexpr const char* kRelative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
constexpr const char* kFull = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

Error of_setting(std::string_view setting, Error error) {
  error.message = fmt::format("{}: {}", setting, error.message);
  return error;
}

bool is_container_host(std::string_view host) {
  // localhost needs no name server, libcurl knows it by itself:
  // https://daniel.haxx.se/blog/2021/05/31/curl-localhost-as-a-local-host/
  if (http::is_loopback(host)) return true;
  constexpr std::array<std::string_view, 3> kFixed = {"169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"};
  return std::any_of(kFixed.begin(), kFixed.end(), [&](std::string_view fixed) {
    return host == fixed || (host.starts_with(fixed) && host[fixed.size()] == ':');
  });
}

Result<http::Request> full_container_url(const std::string& url) {
  auto request = http::parse_url(url);
  if (!request) return of_setting(kFull, std::move(request).error());
  if (request->scheme == "http" && !is_container_host(request->host)) {
    return of_setting(kFull, core::invalid_argument(
                                 fmt::format("plain http to {} would show keys to everyone on the way", request->host),
                                 "use https, or one of 127.0.0.1, localhost, 169.254.170.2, 169.254.170.23, "
                                 "[fd00:ec2::23]"));
  }
  return request;
}

// Variable, then profile: with its name, for messages.
Setting metadata_setting(const ChosenProfile& profile, const Environment& environment, const char* name,
                         std::string_view property) {
  if (std::string value = variable(environment, name); !value.empty()) return {std::move(value), name};
  return {profile.get(property), fmt::format("{} of profile \"{}\"", property, profile.name)};
}

Result<std::string> default_metadata_url(const Setting& mode) {
  if (mode.value.empty() || core::equals_ignoring_case(mode.value, "ipv4")) return "http://169.254.169.254";
  if (core::equals_ignoring_case(mode.value, "ipv6")) return "http://[fd00:ec2::254]";
  return of_setting(mode.source, core::invalid_argument(fmt::format("\"{}\" is neither IPv4 nor IPv6",
                                                                    core::printable_excerpt(mode.value, 40))));
}

}  // namespace

Result<std::optional<http::Request>> container_endpoint(const Environment& environment) {
  const std::string relative = variable(environment, kRelative);
  const std::string full = variable(environment, kFull);
  if (relative.empty() && full.empty()) return std::optional<http::Request>();
  if (relative.empty()) {
    auto request = full_container_url(full);
    if (!request) return std::move(request).error();
    return std::optional(*std::move(request));
  }
  // Else "@evil.example" would become the host.
  if (!relative.starts_with('/')) return of_setting(kRelative, core::invalid_argument("it does not begin with /"));
  auto request = http::parse_url("http://169.254.170.2" + relative);
  if (!request) return of_setting(kRelative, std::move(request).error());
  return std::optional(*std::move(request));
}

Result<http::Request> instance_metadata_endpoint(const ChosenProfile& profile, const Environment& environment) {
  Setting endpoint =
      metadata_setting(profile, environment, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
  if (endpoint.value.empty()) {
    auto url = default_metadata_url(metadata_setting(profile, environment, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                                                     "ec2_metadata_service_endpoint_mode"));
    if (!url) return std::move(url).error();
    endpoint.value = *std::move(url);
  }
  auto request = http::parse_url(endpoint.value);
  if (!request) return of_setting(endpoint.source, std::move(request).error());
  if (!request->query.empty()) return of_setting(endpoint.source, core::invalid_argument("it has a query"));
  while (request->path.ends_with('/')) request->path.pop_back();
  return request;
}

}  // namespace cloudkit::inline v0::aws
