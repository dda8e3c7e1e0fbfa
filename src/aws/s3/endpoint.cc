#include "aws/s3/endpoint.h"

#include "aws/s3/access_point.h"
#include "aws/s3/bucket_name.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cloudkit::inline v0::aws::s3 {
namespace {

Error exclude_each_other(std::string_view one, std::string_view other) {
  return core::invalid_argument(fmt::format("{} and {} exclude each other", one, other), "leave out one of them");
}

Error lacks(const Partition& partition, std::string_view what) {
  return core::unsupported(fmt::format("S3 has no {} in the AWS partition {}", what, partition.id));
}

// China has FIPS endpoints of other services only. The rest is where the partition has it.
Status check_partition(const Routing& routing, const Partition& partition) {
  if (routing.variant.fips && partition.id == "aws-cn") return lacks(partition, "FIPS endpoints");
  return check_variant(partition, routing.variant);
}

bool is_global_host(const Routing& routing, std::string_view region) noexcept {
  if (routing.variant != EndpointVariant{}) return false;
  return region == "aws-global" || (routing.legacy_us_east_1 && region == "us-east-1");
}

Endpoint amazon_endpoint(const Routing& routing, std::string_view region, const Partition& partition) {
  Endpoint endpoint;
  if (is_global_host(routing, region)) {
    endpoint.host = fmt::format("s3.{}", partition.dns_suffix);
  } else {
    endpoint.host =
        fmt::format("s3{}.{}{}.{}", routing.variant.fips ? "-fips" : "", routing.variant.dual_stack ? "dualstack." : "",
                    signing_region(region), partition.dns_suffix);
  }
  return endpoint;
}

constexpr std::string_view kRegion = "{region}";
constexpr std::string_view kAccount = "{account}";

void replace(std::string& text, std::string_view placeholder, std::string_view value) {
  const std::size_t at = text.find(placeholder);
  if (at != std::string::npos) text.replace(at, placeholder.size(), value);
}

// It becomes a label of a host name.
bool is_account(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 63 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

Result<Endpoint> server_endpoint(const Routing& routing, std::string_view region) {
  std::string text(routing.server_endpoint);
  if (names_account(text) && !is_account(routing.account)) {
    return core::invalid_argument("the server's endpoint needs the ID of an account: letters in lower case and digits",
                                  "set it: S3Options::account or ?account=; or set the whole endpoint");
  }
  replace(text, kRegion, region);
  replace(text, kAccount, routing.account);
  auto endpoint = parse_endpoint(text, false);
  if (endpoint) endpoint->custom = false;
  return endpoint;
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/transfer-acceleration-getting-started.html
Result<Endpoint> accelerated_endpoint(const Routing& routing, std::string_view region) {
  const Partition& partition = partition_of(region);
  if (partition.id != "aws") return lacks(partition, "accelerated endpoints");
  Endpoint endpoint;
  // With the region for aws-global alone, as in the rules that AWS publishes for its SDKs.
  const std::string_view dual_stack = region == "aws-global" ? "dualstack.us-east-1." : "dualstack.";
  endpoint.host = fmt::format("s3-accelerate.{}{}", routing.variant.dual_stack ? dual_stack : "", partition.dns_suffix);
  return endpoint;
}

// Always before the host: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html
Result<Target> access_point_target(const Routing& routing, std::string_view arn) {
  const auto point = parse_access_point(arn);
  if (!point) return point.error();
  if (routing.accelerate) return exclude_each_other("acceleration", "access points");
  if (routing.addressing == Addressing::path) {
    return core::invalid_argument("an access point stands before the host, never in the path",
                                  "use Addressing::virtual_host, or ?addressing=virtual");
  }
  auto endpoint = endpoint_in(routing, point->region);
  if (!endpoint) return std::move(endpoint).error();
  if (endpoint->is_ip()) return core::invalid_argument("an access point cannot stand before an address");
  if (routing.is_amazon()) {
    endpoint->host = fmt::format("s3-accesspoint{}.{}{}.{}", routing.variant.fips ? "-fips" : "",
                                 routing.variant.dual_stack ? "dualstack." : "", point->region,
                                 partition_of(point->region).dns_suffix);
  }
  return Target{std::move(endpoint->scheme), fmt::format("{}-{}.{}", point->name, point->account, endpoint->host),
                std::move(endpoint->base_path)};
}

}  // namespace

Status check_routing(const Routing& routing) {
  if (!routing.is_amazon()) {
    if (auto alone = check_custom(routing.variant); !alone) return alone;
    if (routing.accelerate) return exclude_each_other("acceleration", "a custom endpoint");
  }
  if (routing.accelerate && routing.variant.fips) return exclude_each_other("acceleration", "FIPS");
  if (routing.accelerate && routing.addressing == Addressing::path) {
    return exclude_each_other("acceleration", "addressing by path");
  }
  return {};
}

Result<Endpoint> endpoint_in(const Routing& routing, std::string_view region) {
  if (auto valid = check_region(region); !valid) return std::move(valid).error();
  if (auto valid = check_routing(routing); !valid) return std::move(valid).error();
  if (routing.custom) return *routing.custom;
  if (!routing.server_endpoint.empty()) return server_endpoint(routing, region);
  const Partition& partition = partition_of(region);
  if (auto has = check_partition(routing, partition); !has) return std::move(has).error();
  return amazon_endpoint(routing, region, partition);
}

bool names_account(std::string_view server_endpoint) noexcept {
  return server_endpoint.find(kAccount) != std::string_view::npos;
}

std::string_view region_in(const Endpoint& endpoint, std::string_view server_endpoint) noexcept {
  constexpr std::string_view kScheme = "https://";
  const std::size_t at = server_endpoint.find(kRegion);
  if (at == std::string_view::npos || !server_endpoint.starts_with(kScheme)) return {};
  const std::string_view before = server_endpoint.substr(kScheme.size(), at - kScheme.size());
  const std::string_view after = server_endpoint.substr(at + kRegion.size());
  const std::string_view host = endpoint.host_name();
  const bool fits = host.size() > before.size() + after.size() && host.starts_with(before) && host.ends_with(after);
  const std::string_view region = fits ? host.substr(before.size(), host.size() - before.size() - after.size()) : "";
  return is_region(region) ? region : std::string_view();
}

Result<Target> resolve_target(const Routing& routing, std::string_view region, std::string_view bucket, About about) {
  if (is_arn(bucket)) return access_point_target(routing, bucket);
  const bool accelerated = routing.accelerate && about == About::objects && !bucket.empty();
  auto endpoint = endpoint_in(routing, region);
  if (endpoint && accelerated) endpoint = accelerated_endpoint(routing, region);
  if (!endpoint) return std::move(endpoint).error();

  // The certificate of *.s3.REGION.amazonaws.com covers one label only.
  const bool covered = bucket.find('.') == std::string_view::npos || endpoint->scheme == "http";
  const bool possible = covered && fits_host(bucket) && !endpoint->is_ip();
  const bool automatic = routing.addressing == Addressing::automatic && !endpoint->custom;
  const bool needed = accelerated || routing.addressing == Addressing::virtual_host;
  Target target{std::move(endpoint->scheme), std::move(endpoint->host), std::move(endpoint->base_path)};
  if (bucket.empty()) return target;
  if (needed && !possible) {
    return core::invalid_argument(
        fmt::format("the bucket \"{}\" cannot stand before the host \"{}\"", bucket, target.host),
        accelerated ? "use it without acceleration" : "use Addressing::path");
  }
  if (needed || (automatic && possible)) {
    target.host = fmt::format("{}.{}", bucket, target.host);
  } else {
    target.path += fmt::format("/{}", bucket);
  }
  return target;
}

}  // namespace cloudkit::inline v0::aws::s3
