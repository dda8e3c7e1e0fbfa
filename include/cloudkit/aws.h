#pragma once

#include <cloudkit/credentials.h>
#include <cloudkit/http_options.h>
#include <cloudkit/object_store.h>

#include <memory>
#include <optional>
#include <string>

/// AWS and the stores that speak its S3 protocol: typed options, and what only they have.
namespace cloudkit::inline v0::aws {

/// Which server answers: decides what may be sent to it. docs/guide lists the differences.
enum class S3Server { aws, ceph, generic, minio, r2, b2, wasabi, spaces, gcs, oss, cos, obs };
enum class Addressing { automatic, path, virtual_host };

/// Empty members come from where the AWS CLI finds them: environment, then profile.
struct S3Options {
  std::string region = {};
  std::string endpoint = {};  ///< "https://HOST[:PORT][/BASE]"; else AWS_ENDPOINT_URL_S3 …, else the server's.
  std::string profile = {};
  bool anonymous = false;   ///< Send unsigned requests. Never happens by accident.
  bool allow_http = false;  ///< Plain http to another machine than this one.
  Addressing addressing = Addressing::automatic;
  std::optional<S3Server> server = {};  ///< Default: by the endpoint's domain, else `generic`.
  std::shared_ptr<CredentialSource> credentials = {};
  http::RetryOptions retry = {};
  http::TransportOptions transport = {};
  std::optional<bool> fips = {};             ///< AWS's endpoints with cryptography of FIPS 140.
  std::optional<bool> dual_stack = {};       ///< AWS's endpoints with IPv6 too.
  std::optional<bool> accelerate = {};       ///< Objects through AWS's nearest edge; the bucket must allow it.
  std::string account = {};                  ///< Where it is part of the server's endpoint: the account ID of R2.
  bool ignore_configured_endpoints = false;  ///< Only `endpoint` above counts.
};

/// Does no I/O; configuration and credentials are read at the first call. Errors:
/// `invalid_argument` for options that contradict each other.
CLOUDKIT_API Result<ObjectStore> make_s3_store(S3Options options = {});

/// Keys given by the program itself.
CLOUDKIT_API std::shared_ptr<CredentialSource> explicit_credentials(Credentials credentials);
/// Environment, then the profile files (`profile`: else AWS_PROFILE, else "default").
CLOUDKIT_API std::shared_ptr<CredentialSource> default_credentials(std::string profile = {});

}  // namespace cloudkit::inline v0::aws
