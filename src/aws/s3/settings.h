#pragma once

#include "aws/config.h"
#include "aws/s3/endpoint.h"
#include "aws/s3/quirks.h"

#include <cloudkit/aws.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::aws::s3 {

/// The hint where a region is needed.
inline constexpr const char* kSetRegion = "set it: an option, ?region=, AWS_REGION or the profile";

/// What options, environment and profile come to.
struct Settings {
  Routing routing = {};
  std::string region = {};
  bool region_configured = false;    ///< Else it is the server's default.
  std::string region_source = {};    ///< "" for the program's own, or where none is configured.
  std::string endpoint_source = {};  ///< Of `routing.custom`.
  bool sts_configured = false;       ///< Somebody named an endpoint of STS.
  Endpoint endpoint = {};            ///< In that region.
  const Quirks* quirks = nullptr;
  ServerSideEncryption encryption = ServerSideEncryption::bucket_default;
  std::string kms_key_id = {};

  /// AWS says where a bucket is, but only to who asks.
  bool region_is_guessed() const noexcept { return !region_configured && routing.is_amazon(); }
  /// Nobody on the way can change a body, and the server takes one that is not signed.
  bool may_be_unsigned() const noexcept { return quirks->unsigned_payload && endpoint.is_private; }
  /// The region that a request for `region` is signed for.
  std::string signing_region(std::string_view region) const;
};

/// What can be said of options without reading anything. Errors: `invalid_argument`.
Status check_options(const S3Options& options);

/// Errors: those of `load_config`; `invalid_argument` and `unsupported` for what contradicts each other or is not
/// there, with where it is configured.
Result<Settings> resolve_settings(const S3Options& options, const Environment& environment);

}  // namespace cloudkit::inline v0::aws::s3
