#include "http/content_range.h"

#include "core/encode.h"

#include <limits>

namespace cloudkit::inline v0::http {
namespace {

std::optional<ContentRange::Span> parse_span(std::string_view text) noexcept {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = core::parse_u64(text.substr(0, dash));
  const auto last = core::parse_u64(text.substr(dash + 1));
  // The greatest number would make a length that does not fit.
  if (!first || !last || *first > *last || *last == std::numeric_limits<std::uint64_t>::max()) return std::nullopt;
  return ContentRange::Span{*first, *last};
}

}  // namespace

std::optional<ContentRange> parse_content_range(std::string_view value) noexcept {
  constexpr std::string_view unit = "bytes ";
  if (!core::equals_ignoring_case(value.substr(0, unit.size()), unit)) return std::nullopt;
  value.remove_prefix(unit.size());
  const auto slash = value.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto range = value.substr(0, slash);
  const auto size = value.substr(slash + 1);

  ContentRange result;
  if (range != "*") {
    result.span = parse_span(range);
    if (!result.span) return std::nullopt;
  }
  if (size != "*") {
    result.total = core::parse_u64(size);
    if (!result.total) return std::nullopt;
  }
  if (!result.span && !result.total) return std::nullopt;
  if (result.span && result.total && result.span->last >= *result.total) return std::nullopt;
  return result;
}

}  // namespace cloudkit::inline v0::http
