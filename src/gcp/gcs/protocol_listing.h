#pragma once

#include "gcp/gcs/request.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/driver/object_store.h>

/// https://cloud.google.com/storage/docs/json_api/v1/objects/list and buckets.
namespace cloudkit::inline v0::gcp::gcs {

http::Request list_request(const Target& target, std::string_view bucket, const ListPageRequest& page);
/// Errors: `unknown` for a page that cannot be understood whole, or after which there would be no end: a listing that
/// is silently short loses data.
Result<ListPage> parse_list(const ListPageRequest& page, const http::Response& response);

/// `page.page_token` is empty or the key to begin at; `service_token` the service's own, to go on from there.
http::Request list_versions_request(const Target& target, std::string_view bucket, const ListVersionsRequest& page,
                                    std::string_view service_token);
/// As the service has them, the oldest of a key first; with the service's own token.
Result<VersionPage> parse_list_versions(std::string_view service_token, const http::Response& response);
/// Of two of one key.
bool is_newer(const VersionEntry& a, const VersionEntry& b);

}  // namespace cloudkit::inline v0::gcp::gcs
