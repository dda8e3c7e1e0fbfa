#include "http/object/ranges.h"

#include "core/encode.h"
#include "core/fail.h"
#include "http/content_range.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::http {
namespace {

// The last byte asked for; nothing when the range is open or ends beyond every object.
std::optional<std::uint64_t> last_byte(const ByteRange& range) noexcept {
  if (range.length == ByteRange::to_end || range.length > UINT64_MAX - range.offset) return std::nullopt;
  return range.offset + range.length - 1;
}

// What the range comes to in an object of `total` bytes, of which it has at least one.
ContentRange::Span span_in(const ByteRange& range, std::uint64_t total) noexcept {
  if (range.from_end) return {total - std::min(range.offset, total), total - 1};
  return {range.offset, std::min(last_byte(range).value_or(total - 1), total - 1)};
}

Error wrong_bytes(std::string message) { return core::fail(ErrorCode::unknown, std::move(message)); }

}  // namespace

bool is_empty_range(const std::optional<ByteRange>& range) noexcept {
  return range && (range->from_end ? range->offset == 0 : range->length == 0);
}

std::string range_header(const std::optional<ByteRange>& range) {
  if (!range) return {};
  if (range->from_end) return fmt::format("bytes=-{}", range->offset);
  if (const auto last = last_byte(*range)) return fmt::format("bytes={}-{}", range->offset, *last);
  return range->offset == 0 ? std::string() : fmt::format("bytes={}-", range->offset);
}

Result<Extent> extent_of_reply(const std::optional<ByteRange>& range, const Response& response) {
  const std::string asked = range_header(range);
  const auto length = core::parse_u64(response.headers.get("content-length"));
  if (!length) return wrong_bytes("the reply does not say how long the object is");
  if (asked.empty()) {
    if (response.status != 200) {
      return wrong_bytes(fmt::format("asked for the whole object, the reply is {}", response.status));
    }
    return Extent{0, *length, *length};
  }
  // Every range of an empty object is the whole of it; servers answer 416 or this.
  if (response.status == 200 && *length == 0) return Extent{};
  if (response.status != 206) {
    return wrong_bytes(fmt::format("asked for {}, the reply is {}, not 206", asked, response.status));
  }
  const std::string_view given = response.headers.get("content-range");
  const auto parsed = parse_content_range(given);
  const bool complete = parsed && parsed->span && parsed->total;
  const auto expected = complete ? span_in(*range, *parsed->total) : ContentRange::Span{};
  if (!complete || parsed->span->first != expected.first || parsed->span->last != expected.last ||
      parsed->span->length() != *length) {
    return wrong_bytes(fmt::format("asked for {}, the reply holds {} bytes of \"{}\"", asked, *length,
                                   core::printable_excerpt(given, 80)));
  }
  return Extent{expected.first, *length, *parsed->total};
}

}  // namespace cloudkit::inline v0::http
