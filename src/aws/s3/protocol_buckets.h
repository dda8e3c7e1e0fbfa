#pragma once

#include "aws/s3/endpoint.h"
#include "aws/s3/quirks.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/driver/object_store.h>

#include <string>
#include <string_view>

/// S3's requests about buckets. Pure functions, but that a request does not own its body.
namespace cloudkit::inline v0::aws::s3 {

/// The body of create-bucket, "" when it has none. The default region has no name there.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
std::string create_bucket_body(std::string_view region, const Quirks& quirks);
/// `body` must outlive the request.
http::Request create_bucket_request(const Target& target, std::string_view body);
http::Request delete_bucket_request(const Target& target);
http::Request head_bucket_request(const Target& target);

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
http::Request list_buckets_request(const Target& target, std::string_view page_token);
/// Errors: as `parse_list`.
Result<BucketPage> parse_list_buckets(std::string_view page_token, const http::Response& response);

}  // namespace cloudkit::inline v0::aws::s3
