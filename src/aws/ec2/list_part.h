#pragma once

#include <cloudkit/driver/compute.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::aws::ec2 {

/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
inline constexpr std::size_t kMostFilterValues = 200;

/// As much of a listing as one request can ask for: with more ids than a filter takes there are several parts, and the
/// tokens of its pages say which part goes on: "400 TOKEN".
struct ListPart {
  InstanceFilter filter = {};
  std::string page_token = {};  ///< The service's own.
  std::size_t ids_before = 0;
  std::size_t ids_after = 0;

  /// Of the page behind the one with the service's `next`. Empty: there is none.
  std::string token_after(std::string next) const;
};

/// Errors: `invalid_argument` for a token that is not of such a listing.
Result<ListPart> list_part(const InstanceFilter& whole, std::string_view page_token);

}  // namespace cloudkit::inline v0::aws::ec2
