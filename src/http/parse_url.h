#pragma once

#include <cloudkit/driver/http.h>

#include <string_view>

namespace cloudkit::inline v0::http {

/// A GET of "http[s]://HOST[:PORT][/PATH][?QUERY]". Its host is one that `classify_host` takes.
/// Errors: `invalid_argument`, without what the query or user information may hold.
Result<Request> parse_url(std::string_view url);

}  // namespace cloudkit::inline v0::http
