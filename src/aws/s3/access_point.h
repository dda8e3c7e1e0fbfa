#pragma once

#include <cloudkit/result.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::aws::s3 {

/// "arn:PARTITION:s3:REGION:ACCOUNT:accesspoint/NAME", also with a colon before the name: a way to a bucket, that
/// stands where the bucket's name does. A view of the text it was read from.
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html
struct AccessPoint {
  std::string_view region = {};
  std::string_view account = {};
  std::string_view name = {};
};

bool is_arn(std::string_view bucket) noexcept;

/// Each part of it may stand in a host. Errors: `invalid_argument`; `unsupported` for the ARN of something else, saying
/// of what.
Result<AccessPoint> parse_access_point(std::string_view arn);

/// Where it is. Errors: also `invalid_argument` when that is in another partition than the region that somebody
/// configured, whose keys mean nothing there. Empty: nobody did.
Result<std::string> region_of_access_point(std::string_view arn, std::string_view configured);

}  // namespace cloudkit::inline v0::aws::s3
