#include "aws/s3/settings.h"

#include "aws/settings.h"
#include "core/fail.h"
#include "core/without_value.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::aws::s3 {
namespace {

void override_by(const std::optional<bool>& option, Switch& configured) {
  if (option) configured = {option, {}};
}

// What the program says goes before what is configured, and has no source.
void override_by(const S3Options& options, Config& config) {
  if (options.ignore_configured_endpoints) config.s3_endpoint = {};
  if (!options.endpoint.empty()) config.s3_endpoint = {options.endpoint, {}};
  override_by(options.fips, config.s3_fips);
  override_by(options.dual_stack, config.s3_dual_stack);
  override_by(options.accelerate, config.s3_accelerate);
}

Addressing addressing_of(Addressing option, const Setting& style, const Quirks& quirks) noexcept {
  if (option != Addressing::automatic) return option;
  if (style.value == "path") return Addressing::path;
  return style.value == "virtual" ? Addressing::virtual_host : quirks.addressing;
}

// Nobody named it: then its domain may, and without an endpoint it is AWS.
const Quirks& server_of(const S3Options& options, const std::optional<Endpoint>& custom) noexcept {
  if (options.server) return quirks_of(*options.server);
  if (!custom || is_amazon(*custom)) return quirks_of(S3Server::aws);
  return quirks_of_host(custom->host_name());
}

// Errors: a server without an endpoint.
Status name_server(Routing& routing, const Quirks& quirks) {
  if (routing.custom || quirks.server == S3Server::aws) return {};
  if (quirks.endpoint.empty()) {
    return core::invalid_argument("S3Options::server names another server than AWS, but no endpoint is configured",
                                  "set the endpoint: an option, ?endpoint= or AWS_ENDPOINT_URL_S3");
  }
  routing.server_endpoint = quirks.endpoint;
  return {};
}

// What the endpoint itself says goes before variables and profile, which are AWS's as a rule.
Setting region_of(const S3Options& options, const Config& config, const Settings& settings) {
  if (!options.region.empty()) return {options.region, {}};
  const auto& custom = settings.routing.custom;
  const std::string_view in_host = custom ? region_in(*custom, settings.quirks->endpoint) : std::string_view();
  return in_host.empty() ? config.region : Setting{std::string(in_host), "the endpoint"};
}

Status choose_region(Settings& settings, const S3Options& options, const Config& config) {
  const Setting region = region_of(options, config, settings);
  settings.region_configured = !region.value.empty();
  settings.region_source = region.source;
  if (settings.region_configured) {
    auto valid = check_region(region.value);
    if (!valid) return configured_in(std::move(valid).error(), {region.source});
    settings.region = region.value;
    return valid;
  }
  if (settings.quirks->region.empty() && !settings.routing.custom) {
    return core::invalid_argument(
        fmt::format("no region is configured, and the endpoint of {} names it", settings.quirks->name), kSetRegion);
  }
  settings.region = settings.quirks->region.empty() ? kDefaultRegion : settings.quirks->region;
  return {};
}

// Errors: an encryption that the server may ignore.
Status choose_encryption(Settings& settings, const S3Options& options) {
  settings.encryption = options.server_side_encryption;
  settings.kms_key_id = options.kms_key_id;
  if (settings.encryption == ServerSideEncryption::bucket_default || settings.quirks->encryption_headers) return {};
  return core::unsupported("this server may ignore S3Options::server_side_encryption",
                           "S3Options::server says which server it is");
}

// Who asks, who pays, whose keys encrypt.
Status check_who(const S3Options& options) {
  if (options.anonymous && options.credentials != nullptr) {
    return core::invalid_argument("S3Options has both anonymous and credentials", "leave one of them out");
  }
  // Whoever names a profile means its credentials.
  if (options.anonymous && !options.profile.empty()) {
    return core::invalid_argument("both anonymous and a profile are asked for", "leave one of them out");
  }
  if (!options.kms_key_id.empty() && options.server_side_encryption != ServerSideEncryption::kms) {
    return core::invalid_argument("S3Options has a kms_key_id, but server_side_encryption is not kms");
  }
  if (options.anonymous && options.requester_pays) {
    return core::invalid_argument("S3Options has both anonymous and requester_pays", "nobody could be charged");
  }
  return {};
}

Status check_where(const S3Options& options) {
  if (!options.region.empty()) {
    if (auto valid = check_region(options.region); !valid) return valid;
  }
  Routing routing;
  routing.variant = {options.fips.value_or(false), options.dual_stack.value_or(false)};
  routing.accelerate = options.accelerate.value_or(false);
  routing.addressing = options.addressing;
  if (!options.endpoint.empty()) {
    auto endpoint = parse_endpoint(options.endpoint, options.allow_http);
    if (!endpoint) return std::move(endpoint).error();
    routing.custom = *std::move(endpoint);
  } else if (options.server) {
    routing.server_endpoint = quirks_of(*options.server).endpoint;
  }
  if (!options.account.empty() && (routing.custom || !names_account(routing.server_endpoint))) {
    return core::invalid_argument("an account is given, but it is not part of the endpoint", "leave out the account");
  }
  if (auto valid = check_routing(routing); !valid) return valid;
  if (!routing.custom || options.addressing != Addressing::virtual_host) return {};
  // Any plain name shows whether the host takes one before it.
  return core::without_value(resolve_target(routing, kDefaultRegion, "bucket"));
}

}  // namespace

std::string Settings::signing_region(std::string_view in) const {
  return std::string(quirks->signing_region.empty() ? aws::signing_region(in) : quirks->signing_region);
}

Status check_options(const S3Options& options) {
  if (auto valid = check_where(options); !valid) return valid;
  return check_who(options);
}

Result<Settings> resolve_settings(const S3Options& options, const Environment& environment) {
  auto config = load_config(options.profile, environment);
  if (!config) return std::move(config).error();
  override_by(options, *config);
  Settings settings;
  settings.endpoint_source = config->s3_endpoint.source;
  settings.sts_configured = !config->sts_endpoint.value.empty();
  Routing& routing = settings.routing;
  if (!config->s3_endpoint.value.empty()) {
    auto custom = parse_endpoint(config->s3_endpoint.value, options.allow_http);
    if (!custom) return configured_in(std::move(custom).error(), {config->s3_endpoint.source});
    routing.custom = *std::move(custom);
  }
  const Quirks& quirks = server_of(options, routing.custom);
  settings.quirks = &quirks;
  if (auto named = name_server(routing, quirks); !named) return std::move(named).error();
  routing.variant = {config->s3_fips.is_on(), config->s3_dual_stack.is_on()};
  routing.accelerate = config->s3_accelerate.is_on();
  routing.legacy_us_east_1 = config->s3_us_east_1.value == "legacy";
  routing.addressing = addressing_of(options.addressing, config->s3_addressing_style, quirks);
  routing.account = options.account;
  if (auto chosen = choose_region(settings, options, *config); !chosen) return std::move(chosen).error();
  if (auto chosen = choose_encryption(settings, options); !chosen) return std::move(chosen).error();
  auto endpoint = endpoint_in(routing, settings.region);
  if (!endpoint) {
    return configured_in(std::move(endpoint).error(),
                         {config->s3_endpoint.source, config->s3_fips.source_if_on(),
                          config->s3_dual_stack.source_if_on(), config->s3_accelerate.source_if_on()});
  }
  settings.endpoint = *std::move(endpoint);
  return settings;
}

}  // namespace cloudkit::inline v0::aws::s3
