#include "aws/partitions.h"

#include <algorithm>

namespace cloudkit::inline v0::aws {
namespace {

constexpr std::string_view kGlobal = "-global";

// What partitions.json of botocore says: a test compares it.
constexpr Partition kPartitions[] = {
    {"aws", "us eu ap sa ca me af il mx", "amazonaws.com", "api.aws", "us-east-1", true, true},
    {"aws-cn", "cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "cn-northwest-1", true, true},
    {"aws-eusc", "eusc-de", "amazonaws.eu", "api.amazonwebservices.eu", "eusc-de-east-1", true, true},
    {"aws-iso", "us-iso", "c2s.ic.gov", "api.aws.ic.gov", "us-iso-east-1", true, true},
    {"aws-iso-b", "us-isob", "sc2s.sgov.gov", "api.aws.scloud", "us-isob-east-1", true, true},
    {"aws-iso-e", "eu-isoe", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", "eu-isoe-west-1", true, true},
    {"aws-iso-f", "us-isof", "csp.hci.ic.gov", "api.aws.hci.ic.gov", "us-isof-south-1", true, true},
    {"aws-us-gov", "us-gov", "amazonaws.com", "api.aws", "us-gov-west-1", true, true},
};

// Without its last part, when there is one that is not empty: "us-gov-west-1" is "us-gov-west" and "1".
std::string_view without_last_part(std::string_view region) noexcept {
  const std::size_t hyphen = region.rfind('-');
  return hyphen == std::string_view::npos || hyphen + 1 == region.size() ? std::string_view()
                                                                         : region.substr(0, hyphen);
}

// The prefix of PREFIX-WORD-NUMBER, or nothing.
std::string_view prefix_of(std::string_view region) noexcept {
  const std::string_view place = without_last_part(region);
  const std::string_view number = place.empty() ? place : region.substr(place.size() + 1);
  const bool is_number = std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
  return is_number ? without_last_part(place) : std::string_view();
}

bool is_listed(std::string_view list, std::string_view word) noexcept {
  while (!list.empty()) {
    const std::size_t blank = std::min(list.find(' '), list.size());
    if (list.substr(0, blank) == word) return true;
    list.remove_prefix(std::min(blank + 1, list.size()));
  }
  return false;
}

}  // namespace

std::span<const Partition> partitions() noexcept { return kPartitions; }

bool is_global(std::string_view region) noexcept { return region.starts_with("aws-") && region.ends_with(kGlobal); }

const Partition& partition_of(std::string_view region) noexcept {
  const bool global = is_global(region);
  const std::string_view id = global ? region.substr(0, region.size() - kGlobal.size()) : std::string_view();
  const std::string_view prefix = prefix_of(region);
  for (const Partition& partition : kPartitions) {
    if (global ? partition.id == id : is_listed(partition.region_prefixes, prefix)) return partition;
  }
  return kPartitions[0];
}

}  // namespace cloudkit::inline v0::aws
