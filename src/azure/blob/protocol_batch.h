#pragma once

#include "azure/blob/request.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/driver/object_store.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Many requests in the body of one. https://learn.microsoft.com/rest/api/storageservices/blob-batch
namespace cloudkit::inline v0::azure::blob {

inline constexpr std::size_t kMostInBatch = 256;

/// `requests`: signed each, since the service checks each.
std::string batch_body(std::string_view boundary, std::span<const http::Request> requests);
/// `body` must outlive the request.
http::Request batch_request(const Target& container, std::string_view boundary, std::string_view body);

/// The replies, in the order of the requests. Errors: `unknown` when not each request has one; then nobody knows what
/// was done.
Result<std::vector<http::Response>> parse_batch(std::size_t count, const http::Response& response);

}  // namespace cloudkit::inline v0::azure::blob
