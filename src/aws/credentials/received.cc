#include "aws/credentials/received.h"

#include "auth/received.h"
#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws {
namespace {

Error bad(std::string_view from, std::string_view what) {
  return core::fail(ErrorCode::unauthenticated, fmt::format("the credentials from {} {}", from, what));
}

}  // namespace

Result<Credentials> accept_credentials(Credentials received, std::string_view from, const http::Headers& reply,
                                       core::TimePoint now) {
  if (received.access_key_id.empty()) return bad(from, "have no access key id");
  if (received.secret_access_key.empty()) return bad(from, "have no secret access key");
  for (const std::string* text : {&received.access_key_id, &received.secret_access_key, &received.session_token}) {
    if (core::has_control_character(*text)) return bad(from, "hold a control character");
  }
  if (!received.expires) return received;
  const core::TimePoint sent = core::parse_http_date(reply.get("date")).value_or(now);
  if (*received.expires <= sent) {
    return bad(from, fmt::format("expired at {}, and it is {} there", core::format_rfc3339(*received.expires),
                                 core::format_rfc3339(sent)));
  }
  received.expires = auth::by_our_clock(*received.expires, reply, now);
  return received;
}

}  // namespace cloudkit::inline v0::aws
