#pragma once

#include <cloudkit/result.h>

#include <string_view>

namespace cloudkit::inline v0::aws::s3 {

/// What can stand where a bucket's name does: also the alias or ARN of an access point. `_` is let through, because old
/// buckets and other servers have it. Errors: `invalid_argument`, saying which rule is broken; `unsupported` for
/// other ARNs, saying of what they are, and for directory buckets and the like.
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
Status check_bucket_name(std::string_view name);
/// What a bucket that is made or deleted can be called. Errors: `invalid_argument`; `unsupported` for ARNs.
Status check_own_bucket_name(std::string_view name);

/// True when the name may stand before an endpoint's host, and leads nowhere else: by its letters, whatever was checked
/// before.
bool fits_host(std::string_view name) noexcept;

}  // namespace cloudkit::inline v0::aws::s3
