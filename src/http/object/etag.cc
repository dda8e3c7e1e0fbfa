#include "http/object/etag.h"

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::http {
namespace {

bool is_printable_ascii(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '\t' || (c >= 0x20 && c <= 0x7E); });
}

}  // namespace

std::string token_of_etag(std::string_view etag) {
  const bool quoted = etag.size() >= 2 && etag.starts_with('"') && etag.ends_with('"');
  return std::string(quoted ? etag.substr(1, etag.size() - 2) : etag);
}

Result<std::string> etag_of_token(std::string_view token, Quotes quotes) {
  // "*" without quotes would match every object.
  if (token.empty() || token == "*" || token.find('"') != std::string_view::npos || !is_printable_ascii(token)) {
    return core::invalid_argument(
        fmt::format("\"{}\" is not a token of this store", core::printable_excerpt(token, 80)),
        "conditions take ObjectInfo::token as it is");
  }
  return quotes == Quotes::with ? fmt::format("\"{}\"", token) : std::string(token);
}

}  // namespace cloudkit::inline v0::http
