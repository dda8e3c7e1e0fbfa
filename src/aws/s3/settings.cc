#include "aws/s3/settings.h"

#include "aws/settings.h"
#include "core/fail.h"

namespace cloudkit::inline v0::aws::s3 {
namespace {

Setting said(const std::string& option, const Setting& configured) {
  return option.empty() ? configured : Setting{option, {}};
}
Switch said(const std::optional<bool>& option, const Switch& configured) {
  return option ? Switch{option, {}} : configured;
}

Addressing addressing_of(Addressing option, const Setting& style) noexcept {
  if (option != Addressing::automatic) return option;
  if (style.value == "path") return Addressing::path;
  return style.value == "virtual" ? Addressing::virtual_host : Addressing::automatic;
}

}  // namespace

Status check_options(const S3Options& options) {
  if (!options.region.empty()) {
    if (auto valid = check_region(options.region); !valid) return valid;
  }
  if (options.anonymous && options.credentials != nullptr) {
    return core::invalid_argument("S3Options has both anonymous and credentials", "leave one of them out");
  }
  Routing routing;
  routing.variant = {options.fips.value_or(false), options.dual_stack.value_or(false)};
  routing.accelerate = options.accelerate.value_or(false);
  routing.addressing = options.addressing;
  if (!options.endpoint.empty()) {
    auto endpoint = parse_endpoint(options.endpoint, options.allow_http);
    if (!endpoint) return std::move(endpoint).error();
    routing.custom = *std::move(endpoint);
  }
  if (auto valid = check_routing(routing); !valid) return valid;
  if (!routing.custom || options.addressing != Addressing::virtual_host) return {};
  // Any plain name shows whether the host takes one before it.
  const auto target = resolve_target(routing, kDefaultRegion, "bucket");
  return target ? Status{} : Status(target.error());
}

Result<Settings> resolve_settings(const S3Options& options, const Environment& environment) {
  auto config = load_config(options.profile, environment);
  if (!config) return std::move(config).error();
  if (options.ignore_configured_endpoints) config->s3_endpoint = {};
  const Setting region = said(options.region, config->region);
  const Setting endpoint = said(options.endpoint, config->s3_endpoint);
  const Switch fips = said(options.fips, config->s3_fips);
  const Switch dual_stack = said(options.dual_stack, config->s3_dual_stack);
  const Switch accelerate = said(options.accelerate, config->s3_accelerate);

  Settings settings;
  settings.region_configured = !region.value.empty();
  settings.region_source = region.source;
  settings.endpoint_source = endpoint.source;
  settings.sts_configured = !config->sts_endpoint.value.empty();
  settings.region = settings.region_configured ? region.value : std::string(kDefaultRegion);
  if (auto valid = check_region(settings.region); !valid) {
    return configured_in(std::move(valid).error(), {region.source});
  }
  Routing& routing = settings.routing;
  routing.variant = {fips.is_on(), dual_stack.is_on()};
  routing.accelerate = accelerate.is_on();
  routing.legacy_us_east_1 = config->s3_us_east_1.value == "legacy";
  routing.addressing = addressing_of(options.addressing, config->s3_addressing_style);
  if (!endpoint.value.empty()) {
    auto custom = parse_endpoint(endpoint.value, options.allow_http);
    if (!custom) return configured_in(std::move(custom).error(), {endpoint.source});
    routing.custom = *std::move(custom);
  }
  auto found = endpoint_in(routing, settings.region);
  if (!found) {
    return configured_in(std::move(found).error(),
                         {endpoint.source, fips.source_if_on(), dual_stack.source_if_on(), accelerate.source_if_on()});
  }
  settings.is_private = found->is_private;
  settings.server = options.server.value_or(found->is_amazon() ? S3Server::aws : S3Server::generic);
  if (settings.server != S3Server::aws && !routing.custom) {
    return core::invalid_argument("S3Options::server names another server than AWS, but no endpoint is configured",
                                  "set the endpoint: an option, ?endpoint= or AWS_ENDPOINT_URL_S3");
  }
  settings.quirks = &quirks_of(settings.server);
  return settings;
}

}  // namespace cloudkit::inline v0::aws::s3
