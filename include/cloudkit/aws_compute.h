#pragma once

#include <cloudkit/compute.h>
#include <cloudkit/credentials.h>
#include <cloudkit/http_options.h>

#include <memory>
#include <optional>
#include <string>

/// Machines on AWS: EC2, and Systems Manager for commands.
namespace cloudkit::inline v0::aws {

/// Empty members come from where the AWS CLI finds them: environment, then profile.
struct ComputeOptions {
  std::string region = {};    ///< "eu-west-1"; else AWS_REGION, AWS_DEFAULT_REGION, the profile's.
  std::string endpoint = {};  ///< Of all services, "https://HOST[:PORT]"; else AWS_ENDPOINT_URL_EC2 …, else AWS's.
  std::string profile = {};   ///< Whose configuration, and credentials without `credentials`.
  bool allow_http = false;    ///< Plain http to another machine than this one.
  std::shared_ptr<CredentialSource> credentials = {};  ///< Default: `default_credentials(profile)`.
  http::RetryOptions retry = {};
  http::TransportOptions transport = {};
  std::optional<bool> fips = {};        ///< AWS's endpoints with cryptography of FIPS 140.
  std::optional<bool> dual_stack = {};  ///< AWS's endpoints with IPv6 too.
};

/// Does no I/O; configuration and credentials are read at the first call. Commands need the agent of Systems Manager on
/// the machine, and an `InstanceSpec::identity` with AmazonSSMManagedInstanceCore. Errors: `invalid_argument` for a
/// region that cannot be one.
CLOUDKIT_API Result<Compute> make_compute(ComputeOptions options = {});

}  // namespace cloudkit::inline v0::aws
