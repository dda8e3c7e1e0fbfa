#pragma once

#include <cloudkit/result.h>
#include <cloudkit/serve.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::codec {

/// What of a reply is sent as headers, in order: the content type first, then those that were given, without what
/// belongs to the connection. Cookies are apart. Errors: `invalid_argument` for a status, a header or a cookie that
/// HTTP does not have.
Result<HttpFields> reply_headers(const HttpResponse& response);

/// The pairs of a Cookie header, in order. https://www.rfc-editor.org/rfc/rfc6265#section-4.2.1
void append_cookies(HttpFields& cookies, std::string_view header);

/// Who sent it, as far as the nearest proxy could see: the last of all X-Forwarded-For, since clients may write what
/// comes before it. Names of headers are in lower case.
std::string client_of(const HttpFields& headers);

}  // namespace cloudkit::inline v0::codec
