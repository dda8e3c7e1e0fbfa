#pragma once

#include "azure/blob/request.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/driver/object_store.h>

#include <string_view>

/// https://learn.microsoft.com/rest/api/storageservices/list-blobs
namespace cloudkit::inline v0::azure::blob {

/// A blob's or a prefix's name, as the listing writes it. Errors: `unknown` for one that is badly encoded.
Result<std::string> read_name(std::string_view text, std::string_view encoded);

/// What names are in a listing from which nothing is left out: for a container that is to be deleted.
enum class Everything { no, yes };
http::Request list_request(const Target& target, const ListPageRequest& page, Everything everything = Everything::no);

/// Leaves out what is not after `start_after`; of the prefixes those stay that hold it, as they may hold more. Errors:
/// `unknown` for a page that cannot be understood whole, or after which there would be no end: a listing that is
/// silently short loses data.
Result<ListPage> parse_list(const ListPageRequest& page, const http::Response& response);

/// All that a page may have; `page.page_token` is empty or the key to begin at, `service_token` the service's own, to
/// go on from there.
http::Request list_versions_request(const Target& target, const ListVersionsRequest& page,
                                    std::string_view service_token);
/// As the service has them, with its own token, but for keys before `page.page_token`.
Result<VersionPage> parse_list_versions(const ListVersionsRequest& page, std::string_view service_token,
                                        const http::Response& response);
/// Of two of one key.
bool is_newer(const VersionEntry& a, const VersionEntry& b);

}  // namespace cloudkit::inline v0::azure::blob
