#include "aws/s3/endpoint.h"

#include "aws/s3/bucket_name.h"
#include "core/fail.h"

#include <fmt/format.h>

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

}  // namespace

Status check_routing(const Routing& routing) {
  if (routing.custom) {
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
  const Partition& partition = partition_of(region);
  if (auto has = check_partition(routing, partition); !has) return std::move(has).error();
  return amazon_endpoint(routing, region, partition);
}

Result<Target> resolve_target(const Routing& routing, std::string_view region, std::string_view bucket) {
  const bool accelerated = routing.accelerate && !bucket.empty();
  auto endpoint = endpoint_in(routing, region);
  if (endpoint && accelerated) endpoint = accelerated_endpoint(routing, region);
  if (!endpoint) return std::move(endpoint).error();

  Target target{endpoint->scheme, endpoint->host, endpoint->base_path};
  if (bucket.empty()) return target;
  // The certificate of *.s3.REGION.amazonaws.com covers one label only.
  const bool covered = bucket.find('.') == std::string_view::npos || endpoint->scheme == "http";
  const bool possible = covered && fits_host(bucket) && !endpoint->is_ip();
  const bool needed = accelerated || routing.addressing == Addressing::virtual_host;
  if (needed && !possible) {
    return core::invalid_argument(
        fmt::format("the bucket \"{}\" cannot stand before the host \"{}\"", bucket, target.host),
        accelerated ? "use it without acceleration" : "use Addressing::path");
  }
  const bool automatic = routing.addressing == Addressing::automatic && !endpoint->custom && possible;
  if (needed || automatic) {
    target.host = fmt::format("{}.{}", bucket, target.host);
  } else {
    target.path += fmt::format("/{}", bucket);
  }
  return target;
}

}  // namespace cloudkit::inline v0::aws::s3
