#include "aws/s3/access_point.h"

#include "aws/arn.h"
#include "aws/service_endpoint.h"
#include "core/check_text.h"
#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::aws::s3 {
namespace {

constexpr std::string_view kResource = "accesspoint";

// 3 to 50 characters:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-restrictions-limitations-naming-rules.html
bool is_access_point_name(std::string_view text) noexcept {
  const auto is_allowed = [](char c) { return core::is_lower(c) || core::is_digit(c) || c == '-'; };
  return text.size() >= 3 && text.size() <= 50 && std::all_of(text.begin(), text.end(), is_allowed) &&
         text.front() != '-' && text.back() != '-';
}

// What an ARN stands for, and cloudkit does not do.
std::string_view kind_of(const Arn& arn) noexcept {
  if (arn.service == "s3-object-lambda") return "an Object Lambda access point";
  if (arn.service == "s3-outposts") return "an access point or bucket on Outposts";
  if (arn.service == "s3express") return "a directory bucket";
  if (arn.service == "s3" && arn.region.empty() && arn.resource.starts_with(kResource)) {
    return "a multi-region access point";
  }
  return "something else than a bucket";
}

// Policies know buckets by ARNs, requests do not.
Error not_an_access_point(std::string_view text, const Arn& arn) {
  const bool is_bucket = arn.service == "s3" && arn.region.empty() && arn.account.empty();
  const std::string_view kind = is_bucket ? "a bucket, or of what is in it" : kind_of(arn);
  return core::unsupported(fmt::format("\"{}\" is the ARN of {}", core::printable_excerpt(text, 200), kind),
                           is_bucket ? "write the bucket's name: s3://BUCKET"
                                     : "cloudkit takes the names of buckets, and the ARNs of access points");
}

Error bad_arn(std::string_view arn, std::string_view why) {
  return core::invalid_argument(fmt::format("\"{}\" {}", core::printable_excerpt(arn, 200), why),
                                "an access point is arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME");
}

}  // namespace

bool is_arn(std::string_view bucket) noexcept { return bucket.starts_with("arn:"); }

Result<AccessPoint> parse_access_point(std::string_view text) {
  const Arn arn = parse_arn(text);
  if (arn.service != "s3" || arn.region.empty() || !arn.resource.starts_with(kResource)) {
    return not_an_access_point(text, arn);
  }
  std::string_view name = arn.resource.substr(kResource.size());
  if (name.empty() || (name.front() != '/' && name.front() != ':')) return bad_arn(text, "names no access point");
  name.remove_prefix(1);
  if (!is_access_point_name(name)) return bad_arn(text, "has no name that an access point can have");
  if (!is_account_id(arn.account)) return bad_arn(text, "has no account of 12 digits");
  if (!is_region(arn.region)) return bad_arn(text, "has no region");
  if (partition_of(arn.region).id != arn.partition) {
    return bad_arn(text, fmt::format("is of the partition {}, which has no region {}", arn.partition, arn.region));
  }
  return AccessPoint{arn.region, arn.account, name};
}

Result<std::string> region_of_access_point(std::string_view arn, std::string_view configured) {
  const auto point = parse_access_point(arn);
  if (!point) return point.error();
  const Partition& partition = partition_of(point->region);
  if (!configured.empty() && &partition_of(configured) != &partition) {
    return core::invalid_argument(
        fmt::format("the access point is in the partition {}, and the region {} is not", partition.id, configured),
        "name a region of that partition, with credentials of an account there");
  }
  return std::string(point->region);
}

}  // namespace cloudkit::inline v0::aws::s3
