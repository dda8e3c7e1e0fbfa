#pragma once

#include "azure/blob/request.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/driver/object_store.h>

#include <string_view>

/// Containers are Azure's buckets. https://learn.microsoft.com/rest/api/storageservices/operations-on-containers
namespace cloudkit::inline v0::azure::blob {

http::Request create_container_request(const Target& container);
/// Azure deletes it with all that it holds: look first.
http::Request delete_container_request(const Target& container);
http::Request head_container_request(const Target& container);

http::Request list_containers_request(const Target& account, std::string_view page_token);
/// Azure does not tell when a container was created. Errors: as `parse_list`.
Result<BucketPage> parse_list_containers(std::string_view page_token, const http::Response& response);

}  // namespace cloudkit::inline v0::azure::blob
