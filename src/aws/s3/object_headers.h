#pragma once

#include "http/object/etag.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/object_types.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::aws::s3 {

/// Everything that a put or a copy says of an object besides its bytes. The handles have checked
/// that headers can hold it, and the transport refuses what could break a header.
void add_object_headers(http::Headers& headers, const ContentHeaders& content, const Metadata& metadata,
                        std::string_view storage_class);
/// Of the object to be.
void add_tags(http::Headers& headers, const Tags& tags);

/// From a reply to get or head; `size` is the caller's to fill. Errors: `unknown` when it has no
/// ETag, or a date that is none.
Result<ObjectInfo> read_object_headers(std::string_view key, const http::Response& response);

using http::etag_of_token;
using http::Quotes;
using http::token_of_etag;

/// "STANDARD" is the usual one, which `ObjectInfo` leaves empty.
std::string storage_class_of(std::string_view name);

}  // namespace cloudkit::inline v0::aws::s3
