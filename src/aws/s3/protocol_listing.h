#pragma once

#include "aws/s3/endpoint.h"
#include "aws/s3/quirks.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/driver/object_store.h>

/// ListObjectsV2, or ListObjects where the server has nothing else.
namespace cloudkit::inline v0::aws::s3 {

http::Request list_request(const Target& target, const ListPageRequest& page, const Quirks& quirks);

/// Errors: `unknown` for a page that cannot be understood whole, or after which there would be no
/// end: a listing that is silently short loses data.
Result<ListPage> parse_list(const ListPageRequest& page, const http::Response& response, const Quirks& quirks);

}  // namespace cloudkit::inline v0::aws::s3
