#pragma once

#include <string>
#include <string_view>

namespace cloudkit::inline v0::aws {

/// "arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE", a view of the text it was read from.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
struct Arn {
  std::string_view partition = {};
  std::string_view service = {};
  std::string_view region = {};
  std::string_view account = {};
  std::string_view resource = {};  ///< May hold colons: "function:hello:live".
};

/// Everything is empty for what is no ARN.
Arn parse_arn(std::string_view text) noexcept;

/// 12 digits, as every account of AWS has.
bool is_account_id(std::string_view text) noexcept;

}  // namespace cloudkit::inline v0::aws
