#pragma once

#include "aws/s3/endpoint.h"
#include "aws/s3/quirks.h"

#include <cloudkit/driver/http.h>

#include <string_view>

/// What every request to S3 begins with.
namespace cloudkit::inline v0::aws::s3 {

/// Errors: `invalid_argument` for an empty key: it would be a request about the bucket, DELETE above all.
Result<http::Request> object_request(http::Method method, const Target& target, std::string_view key);
http::Request bucket_request(http::Method method, const Target& target);

/// With the checksum that S3 demands of some documents. `body` must outlive the request.
void set_xml_body(http::Request& request, std::string_view body, const Quirks& quirks);

}  // namespace cloudkit::inline v0::aws::s3
