#pragma once

#include "http/loopback/message.h"

#include <cloudkit/result.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::http::loopback {

/// A message as it goes out, in three pieces, so that a large body is not copied. Views the message.
struct Wire {
  std::string head = {};
  std::string_view body = {};
  std::string tail = {};  ///< Of a chunked body.
};

/// Adds Host unless the request has one. Errors: `invalid_argument` for what would be another message on the wire.
Result<Wire> serialize(const Request& request, std::string_view host);
Result<Wire> serialize(Request&&, std::string_view) = delete;

struct ReplyFraming {
  bool to_head = false;  ///< Answers HEAD: says how long the body is, and leaves it out.
  bool keep_alive = true;
  int minor_version = 1;  ///< Of the request.
};
/// Adds Date unless the response has one. Errors: as above.
Result<Wire> serialize(const Response& response, const ReplyFraming& framing);
Result<Wire> serialize(Response&&, const ReplyFraming&) = delete;

}  // namespace cloudkit::inline v0::http::loopback
