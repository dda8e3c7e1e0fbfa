#pragma once

#include "aws/endpoint_url.h"
#include "aws/service_endpoint.h"

#include <cloudkit/aws.h>
#include <cloudkit/result.h>

#include <optional>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::aws::s3 {

/// Where requests about one bucket, or about all, go.
struct Target {
  std::string scheme = "https";
  std::string host = {};
  std::string path = {};  ///< What stands before "/KEY".
};

/// The region that requests are signed for when none is configured: every server takes it, and
/// AWS says for which bucket it is wrong.
inline constexpr std::string_view kDefaultRegion = "us-east-1";

/// What decides where requests go, beside region and bucket.
struct Routing {
  std::optional<Endpoint> custom = {};
  std::string_view server_endpoint = {};  ///< A server's own, "https://s3.{region}.example". Empty: AWS's.
  std::string account = {};               ///< For "{account}" there.
  EndpointVariant variant = {};
  bool accelerate = false;        ///< Objects through the nearest edge: needs a virtual host.
  bool legacy_us_east_1 = false;  ///< us-east-1 is "s3.amazonaws.com".
  Addressing addressing = Addressing::automatic;

  bool is_amazon() const noexcept { return !custom && server_endpoint.empty(); }
};

/// What can be said before a region or a bucket is known. Errors: `invalid_argument` for what excludes each other.
Status check_routing(const Routing& routing);

/// The endpoint that somebody named, or the server's, or the one of AWS, never accelerated. Errors: those of
/// `check_region` and `check_routing`; `unsupported` for what the partition lacks.
/// https://docs.aws.amazon.com/general/latest/gr/s3.html
Result<Endpoint> endpoint_in(const Routing& routing, std::string_view region);

/// True of "https://{account}.example".
bool names_account(std::string_view server_endpoint) noexcept;

/// The region in "https://s3.eu-1.example" by "https://s3.{region}.example", or nothing.
std::string_view region_in(const Endpoint& endpoint, std::string_view server_endpoint) noexcept;

/// What a request is about: only objects can be accelerated.
enum class About { objects, bucket };

/// `bucket` empty: the service itself. An access point is where its ARN says. Errors: also `invalid_argument` when the
/// name cannot stand in the host, but was told to.
Result<Target> resolve_target(const Routing& routing, std::string_view region, std::string_view bucket,
                              About about = About::objects);

}  // namespace cloudkit::inline v0::aws::s3
