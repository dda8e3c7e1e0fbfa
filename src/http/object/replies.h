#pragma once

#include "http/object/get_receiver.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/object_types.h>
#include <cloudkit/result.h>

#include <optional>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::http {

/// What is a service's own in replies that describe an object.
struct ObjectReplies {
  Result<ObjectInfo> (*read_headers)(std::string_view key, const Response& reply);  ///< All but the size.
  Error (*unexpected)(std::string message);
};

/// Errors: those of `read_headers`; `unexpected` where the reply holds other bytes than `range` asks for.
Result<GetHead> parse_get(const ObjectReplies& service, std::string_view key, const std::optional<ByteRange>& range,
                          const Response& reply);
/// Errors: as above, where no size is told.
Result<ObjectInfo> parse_head(const ObjectReplies& service, std::string_view key, const Response& reply);

}  // namespace cloudkit::inline v0::http
