#include "aws/service_endpoint.h"

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::aws {
namespace {

constexpr std::size_t kMaxRegionLength = 32;

constexpr EndpointVariant kFips{true, false};
constexpr EndpointVariant kDualStack{false, true};
constexpr EndpointVariant kBoth{true, true};

// A host that is not PREFIX[-fips].REGION.SUFFIX.
struct Exception {
  std::string_view prefix;
  std::string_view where;  // A partition, a region, or empty: everywhere.
  EndpointVariant variant;
  std::string_view name;  // What stands before the region.
  bool has_plain_suffix = false;
};

// What botocore's rules say: a test compares all of the known services.
// https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/using-govcloud-endpoints.html
// https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html
constexpr Exception kExceptions[] = {
    {"api.ecr", "", kDualStack, "ecr"},
    {"api.ecr", "", kBoth, "ecr-fips"},
    {"api.sagemaker", "aws", kFips, "api-fips.sagemaker"},
    {"api.sagemaker", "aws-us-gov", kFips, "api-fips.sagemaker"},
    {"runtime.sagemaker", "aws", kFips, "runtime-fips.sagemaker"},
    {"secretsmanager", "", kDualStack, "secretsmanager", true},
    {"secretsmanager", "aws", kBoth, "secretsmanager-fips", true},
    {"secretsmanager", "aws-us-gov", kBoth, "secretsmanager-fips", true},
    // The plain names of these are those of FIPS.
    {"dynamodb", "aws-us-gov", kFips, "dynamodb"},
    {"ec2", "aws-us-gov", kFips, "ec2"},
    {"events", "aws-us-gov", kFips, "events"},
    {"events", "aws-us-gov", kBoth, "events"},
    {"logs", "aws-us-gov", kFips, "logs"},
    {"oidc", "aws-us-gov", kFips, "oidc"},
    {"portal.sso", "aws-us-gov", kFips, "portal.sso"},
    {"runtime.sagemaker", "aws-us-gov", kFips, "runtime.sagemaker"},
    {"sns", "aws-us-gov", kFips, "sns"},
    {"sqs", "aws-us-gov", kFips, "sqs"},
    {"ssm", "aws-us-gov", kFips, "ssm"},
    {"sts", "aws-us-gov", kFips, "sts"},
    {"states", "us-gov-west-1", kFips, "states"},
    {"states", "aws-us-gov", kDualStack, "states-fips"},
};

// https://docs.aws.amazon.com/sdkref/latest/guide/feature-sts-regionalized-endpoints.html
constexpr std::string_view kLegacyStsRegions[] = {"ap-northeast-1", "ap-south-1",   "ap-southeast-1", "ap-southeast-2",
                                                  "aws-global",     "ca-central-1", "eu-central-1",   "eu-north-1",
                                                  "eu-west-1",      "eu-west-2",    "eu-west-3",      "sa-east-1",
                                                  "us-east-1",      "us-east-2",    "us-west-1",      "us-west-2"};

template <std::size_t N>
bool is_among(const std::string_view (&all)[N], std::string_view one) noexcept {
  return std::find(std::begin(all), std::end(all), one) != std::end(all);
}

const Exception* exception_for(std::string_view prefix, std::string_view region, EndpointVariant variant) noexcept {
  const std::string_view partition = partition_of(region).id;
  const auto fits = [&](const Exception& row) {
    return row.prefix == prefix && row.variant == variant &&
           (row.where.empty() || row.where == partition || row.where == region);
  };
  const auto found = std::find_if(std::begin(kExceptions), std::end(kExceptions), fits);
  return found == std::end(kExceptions) ? nullptr : found;
}

Error lacks(const Partition& partition, std::string_view what) {
  return core::unsupported(fmt::format("the AWS partition {} has no {} endpoints", partition.id, what));
}

}  // namespace

bool is_region(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kMaxRegionLength && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

Status check_region(std::string_view region) {
  if (is_region(region)) return {};
  if (region.empty()) {
    return core::invalid_argument("no region is configured", "set it: an option, AWS_REGION or the profile");
  }
  return core::invalid_argument(fmt::format("\"{}\" cannot be a region", core::printable_excerpt(region, 80)),
                                "a region looks like us-west-2");
}

Status check_variant(const Partition& partition, EndpointVariant variant) {
  if (variant.fips && !partition.has_fips) return lacks(partition, "FIPS");
  if (variant.dual_stack && !partition.has_dual_stack) return lacks(partition, "dual-stack");
  return {};
}

Result<std::string> service_host(std::string_view prefix, std::string_view region, EndpointVariant variant) {
  if (auto valid = check_region(region); !valid) return std::move(valid).error();
  const Partition& partition = partition_of(region);
  if (auto has = check_variant(partition, variant); !has) return std::move(has).error();
  if (region == "aws-global" && variant == EndpointVariant{}) return fmt::format("{}.{}", prefix, partition.dns_suffix);
  const Exception* const exception = exception_for(prefix, signing_region(region), variant);
  const std::string name =
      exception != nullptr ? std::string(exception->name) : fmt::format("{}{}", prefix, variant.fips ? "-fips" : "");
  const bool has_plain_suffix = !variant.dual_stack || (exception != nullptr && exception->has_plain_suffix);
  return fmt::format("{}.{}.{}", name, signing_region(region),
                     has_plain_suffix ? partition.dns_suffix : partition.dual_stack_dns_suffix);
}

std::string_view signing_region(std::string_view region) noexcept {
  return is_global(region) ? partition_of(region).global_region : region;
}

std::string_view global_signing_region(const Partition& partition) noexcept {
  // The oldest region of China, where the other services sign for the newer one.
  return partition.id == "aws-cn" ? "cn-north-1" : partition.global_region;
}

Result<std::string> global_host(std::string_view prefix, const Partition& partition, EndpointVariant variant) {
  if (partition.id == "aws") {
    return fmt::format("{}{}.{}{}", prefix, variant.fips ? "-fips" : "", variant.dual_stack ? "global." : "",
                       variant.dual_stack ? partition.dual_stack_dns_suffix : partition.dns_suffix);
  }
  if (partition.id == "aws-us-gov") {
    return fmt::format("{}.us-gov.{}", prefix,
                       variant.dual_stack ? partition.dual_stack_dns_suffix : partition.dns_suffix);
  }
  if (variant.fips) return lacks(partition, "global FIPS");
  if (variant.dual_stack) return lacks(partition, "global dual-stack");
  return fmt::format("{}.{}.{}", prefix, global_signing_region(partition), partition.dns_suffix);
}

Status check_custom(EndpointVariant variant) {
  if (!variant.dual_stack && !variant.fips) return {};
  return core::invalid_argument(
      fmt::format("a custom endpoint has no {} variant", variant.dual_stack ? "dual-stack" : "FIPS"),
      "leave out the endpoint or the variant");
}

Result<ServiceEndpoint> resolve_service(const ServiceQuery& query) {
  const Partition& partition = partition_of(query.region);
  const std::string signed_for(query.global ? global_signing_region(partition) : signing_region(query.region));
  if (!query.custom.empty()) {
    if (auto alone = check_custom(query.variant); !alone) return std::move(alone).error();
    auto endpoint = parse_endpoint(query.custom, query.allow_http);
    if (!endpoint) return std::move(endpoint).error();
    return ServiceEndpoint{*std::move(endpoint), signed_for};
  }
  if (query.global) {
    if (auto valid = check_region(query.region); !valid) return std::move(valid).error();
    auto host = global_host(query.prefix, partition, query.variant);
    if (!host) return std::move(host).error();
    ServiceEndpoint found;
    found.endpoint.host = *std::move(host);
    found.signing_region = signed_for;
    return found;
  }
  const bool legacy = query.legacy_global && query.prefix == "sts" && query.variant == EndpointVariant{} &&
                      is_among(kLegacyStsRegions, query.region);
  const std::string_view region = legacy ? "aws-global" : query.region;
  auto host = service_host(query.prefix, region, query.variant);
  if (!host) return std::move(host).error();
  ServiceEndpoint found;
  found.endpoint.host = *std::move(host);
  found.signing_region = signing_region(region);
  return found;
}

http::Request request_to(const Endpoint& endpoint, http::Method method, std::string_view path) {
  http::Request request;
  request.method = method;
  request.scheme = endpoint.scheme;
  request.host = endpoint.host;
  request.path = endpoint.base_path + std::string(path);
  return request;
}

}  // namespace cloudkit::inline v0::aws
