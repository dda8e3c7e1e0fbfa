#include "gcp/gcs/settings.h"

#include "core/encode.h"
#include "core/fail.h"
#include "core/without_value.h"
#include "http/endpoint_url.h"
#include "http/request_check.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::gcp::gcs {
namespace {

constexpr std::string_view kEmulatorHost = "STORAGE_EMULATOR_HOST";

Result<Target> target_at(std::string_view text, bool allow_http) {
  auto endpoint = http::parse_endpoint(text, allow_http);
  if (!endpoint) return std::move(endpoint).error();
  Target target;
  target.scheme = std::move(endpoint->scheme);
  target.host = std::move(endpoint->host);
  target.base_path = core::percent_encode(endpoint->base_path, core::Slash::keep);
  return target;
}

// Google's libraries take it with a scheme and without.
std::string emulator_url(std::string_view host) {
  return host.find("://") == std::string_view::npos ? fmt::format("http://{}", host) : std::string(host);
}

// It becomes part of a query or of JSON, so nothing can break; but a typo is better told here.
Status check_project(std::string_view name, std::string_view project) {
  if (!core::has_control_character(project) && core::is_valid_utf8(project)) return {};
  return core::invalid_argument(fmt::format("the {} is not one: \"{}\"", name, core::printable_excerpt(project, 80)));
}

}  // namespace

Status check_options(const GcsOptions& options) {
  if (options.anonymous && options.identity != nullptr) {
    return core::invalid_argument("GcsOptions has both anonymous and an identity", "leave one of them out");
  }
  if (options.anonymous && !options.user_project.empty()) {
    return core::invalid_argument("GcsOptions has both anonymous and a user_project", "nobody could be charged");
  }
  if (auto valid = check_project("project", options.project); !valid) return valid;
  if (auto valid = check_project("user project", options.user_project); !valid) return valid;
  if (auto valid = check_project("location", options.location); !valid) return valid;
  if (options.endpoint.empty()) return {};
  return core::without_value(target_at(options.endpoint, options.allow_http));
}

// A token can be used by whoever reads it, so one that was not given for a host is not shown to any.
Status check_trust(const GcsOptions& options, const Target& target) {
  const std::string_view name = std::string_view(target.host).substr(0, target.host.find(':'));
  const bool trusted = http::is_loopback(target.host) || http::is_below(name, "googleapis.com");
  if (trusted || options.trust_endpoint) return {};
  return core::fail(ErrorCode::unauthenticated,
                    fmt::format("the endpoint {} is neither Google's nor on this machine, so no token of the default "
                                "identity is sent there",
                                target.host),
                    "give GcsOptions::identity, set GcsOptions::trust_endpoint, or ask without credentials by "
                    "anonymous=true");
}

Result<Settings> resolve_settings(const GcsOptions& options, const auth::Environment& environment) {
  Settings settings;
  const std::string emulator = options.endpoint.empty() ? auth::variable(environment, kEmulatorHost) : std::string();
  const std::string endpoint = emulator.empty() ? options.endpoint : emulator_url(emulator);
  if (!endpoint.empty()) {
    // An emulator gets nobody's credentials, and docker compose names it "gcs:4443": plain http to another machine.
    auto target = target_at(endpoint, options.allow_http || !emulator.empty());
    if (!target) {
      Error error = std::move(target).error();
      if (!emulator.empty()) error.message += fmt::format(" (from {})", kEmulatorHost);
      return error;
    }
    settings.target = *std::move(target);
    settings.is_emulator = !emulator.empty();
  }
  settings.target.user_project = options.user_project;
  settings.project = options.project;
  if (settings.project.empty()) settings.project = auth::variable(environment, "GOOGLE_CLOUD_PROJECT");
  return settings;
}

}  // namespace cloudkit::inline v0::gcp::gcs
