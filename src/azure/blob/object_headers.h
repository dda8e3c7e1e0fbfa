#pragma once

#include <cloudkit/driver/http.h>
#include <cloudkit/object_types.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::azure::blob {

/// What a blob's properties are in a request, which replaces all of them: those left out are cleared.
void add_content_headers(http::Headers& headers, const ContentHeaders& content);
void add_metadata(http::Headers& headers, const Metadata& metadata);
/// "Hot", "Cool", "Cold", "Archive"; empty: the account's usual one.
void add_tier(http::Headers& headers, std::string_view storage_class);
void add_tags(http::Headers& headers, const Tags& tags);

/// From a reply to get or head; `size` is the caller's to fill. Errors: `unknown` when it has no ETag, or a date that
/// is none; `conflict` while a copy to the blob goes on.
Result<ObjectInfo> read_object_headers(std::string_view key, const http::Response& response);
/// From a reply to a write. Errors: `unknown` and `may_have_happened` when it does not tell the new token.
Result<ObjectInfo> read_written(std::string_view key, std::uint64_t size, const http::Response& response);

/// A tier that was inherited from the account is the usual one, which `ObjectInfo` leaves empty.
std::string storage_class_of(std::string_view tier, std::string_view inferred);

}  // namespace cloudkit::inline v0::azure::blob
