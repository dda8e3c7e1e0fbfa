#pragma once

#include "aws/s3/endpoint.h"
#include "aws/s3/quirks.h"

#include <cloudkit/driver/http.h>

#include <string_view>

/// What the requests about a bucket have in common.
namespace cloudkit::inline v0::aws::s3 {

http::Request bucket_request(http::Method method, const Target& target);

/// With the checksum that S3 demands of some documents. `body` must outlive the request.
void set_xml_body(http::Request& request, std::string_view body, const Quirks& quirks);

}  // namespace cloudkit::inline v0::aws::s3
