#pragma once

#include <span>
#include <string_view>

/// The separate clouds of AWS.
/// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
namespace cloudkit::inline v0::aws {

struct Partition {
  std::string_view id;
  std::string_view region_prefixes;  ///< Blank between: a region is PREFIX-WORD-NUMBER.
  std::string_view dns_suffix;
  std::string_view dual_stack_dns_suffix;
  std::string_view global_region;  ///< Where the services that have no region sign.
  bool has_fips = false;
  bool has_dual_stack = false;
};

/// The first is the public one.
std::span<const Partition> partitions() noexcept;

/// Known by its form, so that a region opened tomorrow is in the right cloud; what has no such form is in the public
/// one.
const Partition& partition_of(std::string_view region) noexcept;

/// "aws-global" is no place, but asks for a service that has none.
bool is_global(std::string_view region) noexcept;

}  // namespace cloudkit::inline v0::aws
