#pragma once

#include "aws/s3/client.h"

#include <cloudkit/driver/http.h>

namespace cloudkit::inline v0::aws::s3 {

/// Adds to a request that makes an object (put, copy, the begin of an upload in parts) how the
/// service shall encrypt it; not to requests for parts, which S3 would refuse with it.
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html
Result<http::Request> encrypted(Result<http::Request> request, const Settings& settings);
/// The same for an object that is made again: where the settings say nothing, as it was, by the reply
/// to its HEAD. S3 would encrypt it as the bucket says.
Result<http::Request> encrypted_as(const http::Response& head, Result<http::Request> request, const Settings& settings);

/// Whether the object is under a key of KMS that it would lose if it were made again by an upload in parts, whose begin
/// has no HEAD to repeat: the settings say nothing, and the bucket may say another.
bool would_lose_kms_key(const http::Response& head, const Settings& settings);

}  // namespace cloudkit::inline v0::aws::s3
