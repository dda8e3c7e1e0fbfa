#pragma once

#include "aws/s3/endpoint.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/driver/object_store.h>

/// ListObjectsV2. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
namespace cloudkit::inline v0::aws::s3 {

http::Request list_request(const Target& target, const ListPageRequest& page);

/// Errors: `unknown` for a page that cannot be understood whole, or after which there would be no
/// end: a listing that is silently short loses data.
Result<ListPage> parse_list(const ListPageRequest& page, const http::Response& response);

}  // namespace cloudkit::inline v0::aws::s3
