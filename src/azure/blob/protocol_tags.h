#pragma once

#include "azure/blob/checksum.h"
#include "azure/blob/request.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/driver/object_store.h>

#include <string>
#include <string_view>

/// Blob index tags. https://learn.microsoft.com/rest/api/storageservices/set-blob-tags
namespace cloudkit::inline v0::azure::blob {

Result<http::Request> get_tags_request(const Target& target, std::string_view key, std::string_view version_id = {});
/// Errors: `unknown` for a reply that names a tag twice, or none.
Result<Tags> parse_tags(const http::Response& response);

std::string tags_body(const Tags& tags);
/// `body` must outlive the request.
Result<http::Request> set_tags_request(const Target& target, std::string_view key, std::string_view version_id,
                                       std::string_view body, const Digest& digest);

}  // namespace cloudkit::inline v0::azure::blob
