#pragma once

#include "aws/s3/endpoint.h"
#include "aws/s3/quirks.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/driver/object_store.h>

#include <string>
#include <string_view>

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html and its neighbours.
namespace cloudkit::inline v0::aws::s3 {

/// Errors: `invalid_argument` for a page token that `parse_list_versions` did not make.
Result<http::Request> list_versions_request(const Target& target, const ListVersionsRequest& page,
                                            const Quirks& quirks);
/// Errors: `unknown` for a page that cannot be understood whole, or after which there would be no end.
Result<VersionPage> parse_list_versions(const ListVersionsRequest& page, const http::Response& response);

/// Errors: `invalid_argument` for an empty version: that would remove the object.
Result<http::Request> remove_version_request(const Target& target, std::string_view key, std::string_view version_id);

std::string versioning_body();
/// `body` must outlive the request.
http::Request set_versioning_request(const Target& target, std::string_view body, const Quirks& quirks);

}  // namespace cloudkit::inline v0::aws::s3
