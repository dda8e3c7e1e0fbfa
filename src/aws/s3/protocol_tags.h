#pragma once

#include "aws/s3/endpoint.h"
#include "aws/s3/quirks.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/driver/object_store.h>

#include <string>
#include <string_view>

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html and its neighbours.
/// `version_id` may be empty: the latest one.
namespace cloudkit::inline v0::aws::s3 {

Result<http::Request> get_tags_request(const Target& target, std::string_view key, std::string_view version_id);
/// Errors: `unknown` for a reply that names a tag twice, or none.
Result<Tags> parse_tags(const http::Response& response);

std::string tags_body(const Tags& tags);
/// `body` must outlive the request; empty: the request removes all tags.
Result<http::Request> set_tags_request(const Target& target, std::string_view key, std::string_view version_id,
                                       std::string_view body, const Quirks& quirks);

}  // namespace cloudkit::inline v0::aws::s3
