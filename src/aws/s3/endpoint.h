#pragma once

#include <cloudkit/aws.h>
#include <cloudkit/result.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::aws::s3 {

/// Where requests go, before a bucket is known.
struct Endpoint {
  std::string scheme = "https";
  std::string host = {};       ///< With ":port" unless it is the scheme's own.
  std::string base_path = {};  ///< Empty or "/BASE", decoded.
  bool custom = false;         ///< Somebody named it; else it follows from the region.
  bool is_private = true;      ///< Nobody on the way can read or change what is sent: TLS or loopback.

  bool is_amazon() const noexcept;
};

/// Where requests about one bucket, or about all, go.
struct Target {
  std::string scheme = "https";
  std::string host = {};
  std::string path = {};  ///< What stands before "/KEY".
};

/// The region that requests are signed for when none is configured: every server takes it, and
/// AWS says for which bucket it is wrong.
inline constexpr std::string_view kDefaultRegion = "us-east-1";

/// "https://HOST[:PORT][/BASE]". Errors: `invalid_argument`; plain http to another machine than
/// this one, unless `allow_http`.
Result<Endpoint> parse_endpoint(std::string_view text, bool allow_http);
/// The public one of AWS. https://docs.aws.amazon.com/general/latest/gr/s3.html
Endpoint amazon_endpoint(std::string_view region);

/// `bucket` empty: the service itself. Errors: `invalid_argument` when the name cannot stand in
/// the host, but was told to.
Result<Target> resolve_target(const Endpoint& endpoint, Addressing addressing, std::string_view bucket);

}  // namespace cloudkit::inline v0::aws::s3
