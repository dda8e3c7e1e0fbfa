#pragma once

#include <cloudkit/driver/http.h>
#include <cloudkit/object_types.h>

#include <optional>
#include <string>

namespace cloudkit::inline v0::http {

/// Which bytes of which whole a reply holds.
struct Extent {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t total = 0;
};

/// The value of the Range header; "" when it is the whole object, which an empty object has too.
std::string range_header(const std::optional<ByteRange>& range);
/// HTTP cannot ask for no bytes at all.
bool is_empty_range(const std::optional<ByteRange>& range) noexcept;

/// Errors: `unknown` when the reply holds other bytes than `range` asks for, or does not say which.
Result<Extent> extent_of_reply(const std::optional<ByteRange>& range, const Response& response);

}  // namespace cloudkit::inline v0::http
