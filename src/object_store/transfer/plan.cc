#include "object_store/transfer/plan.h"

#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace cloudkit::inline v0::object_store {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
// AWS advises 8 to 16 MiB: https://docs.aws.amazon.com/whitepapers/latest/s3-optimizing-performance-best-practices/
constexpr std::uint64_t kUsualPart = 8 * kMiB;
constexpr std::uint64_t kLargePart = 16 * kMiB;
constexpr std::uint64_t kLargeObject = 1024 * kMiB;
constexpr std::uint64_t kGrowthSteps = 10;
// A part's number is an int on every wire.
constexpr std::uint64_t kMostParts = std::numeric_limits<int>::max();

constexpr std::uint64_t divide_up(std::uint64_t a, std::uint64_t b) noexcept { return a / b + (a % b != 0 ? 1 : 0); }

// 0 where the limits have none.
constexpr std::uint64_t or_unlimited(std::uint64_t limit, std::uint64_t unlimited) noexcept {
  return limit == 0 ? unlimited : limit;
}

Status check_asked(std::uint64_t asked, const UploadLimits& limits) {
  const auto refuse = [&](std::string what) {
    return core::invalid_argument(fmt::format("parts of {} bytes are {}", asked, what),
                                  "leave TransferOptions::part_size at 0 to have it chosen");
  };
  if (asked < limits.min_part) return refuse(fmt::format("less than the {} that this backend takes", limits.min_part));
  if (limits.max_part != 0 && asked > limits.max_part) {
    return refuse(fmt::format("more than the {} that this backend takes", limits.max_part));
  }
  if (asked % limits.alignment != 0) return refuse(fmt::format("no multiple of {}", limits.alignment));
  return {};
}

// Whole MiB read better in a log, and suit every known alignment.
std::uint64_t round_to_unit(std::uint64_t wanted, const UploadLimits& limits) {
  const std::uint64_t unit = std::max(limits.alignment, kMiB);
  const std::uint64_t rounded = divide_up(wanted, unit) * unit;
  const std::uint64_t largest = or_unlimited(limits.max_part, rounded);
  return std::min(rounded, largest - largest % limits.alignment);
}

std::uint64_t chosen_size(std::uint64_t size, const UploadLimits& limits) {
  const std::uint64_t usual = size >= kLargeObject ? kLargePart : kUsualPart;
  const std::uint64_t fewest = divide_up(size, or_unlimited(limits.max_parts, kMostParts));
  return round_to_unit(std::max({usual, fewest, limits.min_part}), limits);
}

std::uint64_t most_parts(const UploadLimits& limits) {
  return std::min(or_unlimited(limits.max_parts, kMostParts), kMostParts);
}

}  // namespace

std::uint64_t PartPlan::count() const noexcept {
  return std::max<std::uint64_t>(divide_up(size, std::max<std::uint64_t>(part_size, 1)), 1);
}

Part PartPlan::part(std::uint64_t index) const noexcept {
  const std::uint64_t offset = index * part_size;
  return {static_cast<int>(index + 1), offset, std::min(part_size, size - offset), index + 1 == count()};
}

Result<PartPlan> plan_parts(std::uint64_t size, std::uint64_t asked, const UploadLimits& limits) {
  if (asked != 0) {
    if (auto status = check_asked(asked, limits); !status) return status.error();
  }
  const PartPlan plan{size, asked != 0 ? asked : chosen_size(size, limits)};
  const std::uint64_t most = most_parts(limits);
  if (plan.count() <= most) return plan;
  return core::unsupported(
      fmt::format("{} bytes are more than {} parts of {} bytes, which is all that this backend takes", size, most,
                  plan.part_size),
      asked != 0 ? "use larger parts, or leave TransferOptions::part_size at 0" : "");
}

Result<std::uint64_t> OpenPlan::part_size(int number) const {
  const std::uint64_t most = most_parts(limits);
  const auto before = static_cast<std::uint64_t>(number - 1);
  if (before >= most) {
    return core::unsupported(fmt::format("it is larger than {} parts, which is all that this backend takes", most),
                             "say how large it may become, by TransferOptions::expected_size or a part_size");
  }
  std::uint64_t size = first;
  if (!grows) return size;
  for (std::uint64_t step = before / std::max<std::uint64_t>(most / kGrowthSteps, 1); step > 0; --step) {
    size = round_to_unit(size + size / 2, limits);
  }
  return size;
}

Result<OpenPlan> plan_open(std::uint64_t expected, std::uint64_t asked, const UploadLimits& limits) {
  const auto plan = plan_parts(expected, asked, limits);
  if (!plan) return plan.error();
  return OpenPlan{plan->part_size, asked == 0 && limits.max_parts != 0 && !limits.equal_parts, limits};
}

}  // namespace cloudkit::inline v0::object_store
