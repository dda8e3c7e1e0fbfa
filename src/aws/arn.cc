#include "aws/arn.h"

#include "core/check_text.h"

#include <algorithm>

namespace cloudkit::inline v0::aws {

Arn parse_arn(std::string_view text) noexcept {
  Arn arn;
  std::string_view scheme;
  for (std::string_view* const part : {&scheme, &arn.partition, &arn.service, &arn.region, &arn.account}) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return {};
    *part = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  if (scheme != "arn") return {};
  arn.resource = text;
  return arn;
}

bool is_account_id(std::string_view text) noexcept {
  return text.size() == 12 && std::all_of(text.begin(), text.end(), core::is_digit);
}

}  // namespace cloudkit::inline v0::aws
