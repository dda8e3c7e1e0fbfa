#pragma once

#include <cloudkit/result.h>

#include <string_view>

namespace cloudkit::inline v0::aws::s3 {

/// What a bucket can be called. `_` is let through, because old buckets and other servers have
/// it. Errors: `invalid_argument`, saying which rule is broken.
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
Status check_bucket_name(std::string_view name);

/// True when the name, which passed `check_bucket_name`, may stand before an endpoint's host.
bool fits_host(std::string_view name) noexcept;

}  // namespace cloudkit::inline v0::aws::s3
