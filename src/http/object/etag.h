#pragma once

#include <cloudkit/result.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::http {

/// An ETag without its quotes, and the way back. A token that no ETag can be is `invalid_argument`.
std::string token_of_etag(std::string_view etag);
enum class Quotes { with, without };
Result<std::string> etag_of_token(std::string_view token, Quotes quotes = Quotes::with);

}  // namespace cloudkit::inline v0::http
