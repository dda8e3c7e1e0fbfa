#pragma once

#include "gcp/gcs/request.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/driver/object_store.h>

#include <string>
#include <string_view>

/// https://cloud.google.com/storage/docs/json_api/v1/buckets
namespace cloudkit::inline v0::gcp::gcs {

/// What a bucket can be called. Errors: `invalid_argument`, saying which rule is broken.
/// https://cloud.google.com/storage/docs/buckets#naming
Status check_bucket_name(std::string_view name);

Result<std::string> create_bucket_json(std::string_view name, std::string_view location, bool versioned);
/// `json` must outlive the request.
http::Request create_bucket_request(const Target& target, std::string_view project, std::string_view json);
http::Request delete_bucket_request(const Target& target, std::string_view name);
http::Request look_at_bucket_request(const Target& target, std::string_view name);
http::Request list_buckets_request(const Target& target, std::string_view project, std::string_view page_token);
Result<BucketPage> parse_list_buckets(std::string_view page_token, const http::Response& response);

}  // namespace cloudkit::inline v0::gcp::gcs
