#pragma once

#include "aws/endpoint_url.h"
#include "aws/partitions.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/result.h>

#include <string>
#include <string_view>

/// Where the services of AWS are. https://docs.aws.amazon.com/general/latest/gr/rande.html
namespace cloudkit::inline v0::aws {

/// Letters in lower case, digits, `-`; at most 32. Regions become host names and also come from replies.
bool is_region(std::string_view text) noexcept;
/// Errors: `invalid_argument`.
Status check_region(std::string_view region);

struct EndpointVariant {
  bool fips = false;        ///< Cryptography of FIPS 140. https://aws.amazon.com/compliance/fips/
  bool dual_stack = false;  ///< IPv6 too. https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html

  bool operator==(const EndpointVariant&) const = default;
};

/// Errors: `unsupported` where the cloud lacks the variant.
Status check_variant(const Partition& partition, EndpointVariant variant);

/// Of an endpoint that somebody named. Errors: `invalid_argument` for any variant.
Status check_custom(EndpointVariant variant);

/// "sts" in "us-east-1" is at "sts.us-east-1.amazonaws.com", in "aws-global" at "sts.amazonaws.com". Not for S3, which
/// has rules of its own. Errors: `invalid_argument` for what cannot be a region; `unsupported`.
Result<std::string> service_host(std::string_view prefix, std::string_view region, EndpointVariant variant = {});

/// The region that a request to such a host is signed for.
std::string_view signing_region(std::string_view region) noexcept;

/// The same for a service that has one host a partition: "iam" is at "iam.amazonaws.com". Errors: `unsupported` for
/// variants that are not the same in every partition, where AWS names none.
/// https://docs.aws.amazon.com/general/latest/gr/iam-service.html
Result<std::string> global_host(std::string_view prefix, const Partition& partition, EndpointVariant variant = {});
/// The region that a request to such a host is signed for.
std::string_view global_signing_region(const Partition& partition) noexcept;

/// What decides where a service is.
struct ServiceQuery {
  std::string_view prefix;       ///< "sts"
  std::string_view region = {};  ///< May be empty with an endpoint that somebody named.
  EndpointVariant variant = {};
  std::string_view custom = {};  ///< "https://HOST[:PORT][/BASE]"
  bool legacy_global = false;    ///< STS only: one host for the regions that had no other once.
  bool allow_http = false;       ///< Of `custom`, to another machine than this one.
  bool global = false;           ///< The service has one host for all regions of a partition.
};

struct ServiceEndpoint {
  Endpoint endpoint = {};
  std::string signing_region = {};
};

/// Errors: those of `service_host` and `parse_endpoint`; `invalid_argument` for a variant of a custom endpoint.
Result<ServiceEndpoint> resolve_service(const ServiceQuery& query);

/// A request to it; `path` begins with "/".
http::Request request_to(const Endpoint& endpoint, http::Method method, std::string_view path);

}  // namespace cloudkit::inline v0::aws
