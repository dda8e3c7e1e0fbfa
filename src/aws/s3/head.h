#pragma once

#include "aws/s3/client.h"

#include <cloudkit/object_types.h>

namespace cloudkit::inline v0::aws::s3 {

/// One object, by HEAD. Replies to HEAD have no body to say why they fail, so a failure may cost
/// a second request that tells: 400 and 403 always, 404 unless the bucket is known to exist.
Result<ObjectInfo> head_object(S3Client& client, std::string_view bucket, std::string_view key,
                               const HeadOptions& options, const Condition& condition, bool bucket_known);

/// Errors: as for any reply; a bucket that does not exist is false.
Result<bool> head_bucket(S3Client& client, std::string_view bucket, const Context& context);

}  // namespace cloudkit::inline v0::aws::s3
