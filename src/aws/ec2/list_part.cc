#include "aws/ec2/list_part.h"

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cloudkit::inline v0::aws::ec2 {
namespace {

std::string token_of(std::size_t ids_before, std::string_view token) { return fmt::format("{} {}", ids_before, token); }

}  // namespace

std::string ListPart::token_after(std::string next) const {
  const bool is_only = ids_before == 0 && ids_after == 0;
  if (is_only) return next;
  if (!next.empty()) return token_of(ids_before, next);
  return ids_after == 0 ? std::string() : token_of(ids_before + filter.ids.size(), {});
}

Result<ListPart> list_part(const InstanceFilter& whole, std::string_view page_token) {
  ListPart part;
  part.filter = whole;
  part.page_token = page_token;
  std::vector<std::string>& ids = part.filter.ids;
  if (ids.size() <= kMostFilterValues) return part;
  // An id that is given twice would be listed twice when it is of two parts.
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  if (ids.size() <= kMostFilterValues) return part;
  if (!page_token.empty()) {
    const std::size_t blank = page_token.find(' ');
    const auto before = core::parse_u64(page_token.substr(0, blank));
    if (blank == std::string_view::npos || !before || *before >= ids.size()) {
      return core::invalid_argument("the page token is not of this listing");
    }
    part.ids_before = static_cast<std::size_t>(*before);
    part.page_token = page_token.substr(blank + 1);
  }
  ids.erase(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(part.ids_before));
  if (ids.size() > kMostFilterValues) part.ids_after = ids.size() - kMostFilterValues;
  ids.resize(ids.size() - part.ids_after);
  return part;
}

}  // namespace cloudkit::inline v0::aws::ec2
