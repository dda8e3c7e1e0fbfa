#pragma once

#include <cloudkit/context.h>
#include <cloudkit/credentials.h>
#include <cloudkit/http_options.h>
#include <cloudkit/object_store.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

/// AWS and the stores that speak its S3 protocol: typed options, and what only they have.
namespace cloudkit::inline v0::aws {

/// Which server answers: decides what may be sent to it. docs/guide lists the differences.
enum class S3Server { aws, ceph, generic, minio, r2, b2, wasabi, spaces, gcs, oss, cos, obs };
/// `bucket_default`: as the bucket says; AWS then uses keys of its own, as with `aes256`. `kms`: keys of
/// the Key Management Service.
enum class ServerSideEncryption { bucket_default, aes256, kms };
/// Where a bucket's name stands. `automatic`: as profile or server say; else in the host of a known server's endpoint
/// where it fits there, and in the path of one that was named.
enum class Addressing { automatic, path, virtual_host };

/// Empty members come from where the AWS CLI finds them: environment, then profile.
struct S3Options {
  std::string region = {};    ///< "eu-west-1"; else AWS_REGION, AWS_DEFAULT_REGION, the profile's.
  std::string endpoint = {};  ///< "https://HOST[:PORT][/BASE]"; else AWS_ENDPOINT_URL_S3 …, else the server's.
  std::string profile = {};   ///< Whose configuration, and credentials without `credentials`.
  bool anonymous = false;     ///< Send unsigned requests: without `profile` and `credentials`, never by accident.
  bool allow_http = false;    ///< Plain http to another machine than this one.
  Addressing addressing = Addressing::automatic;       ///< Whether the bucket stands in the path.
  std::optional<S3Server> server = {};                 ///< Default: by the endpoint's domain, else `generic`.
  std::shared_ptr<CredentialSource> credentials = {};  ///< Default: `default_credentials(profile)`.
  http::RetryOptions retry = {};
  http::TransportOptions transport = {};
  std::optional<bool> fips = {};             ///< AWS's endpoints with cryptography of FIPS 140.
  std::optional<bool> dual_stack = {};       ///< AWS's endpoints with IPv6 too.
  std::optional<bool> accelerate = {};       ///< Objects through AWS's nearest edge; the bucket must allow it.
  std::string account = {};                  ///< Where it is part of the server's endpoint: the account ID of R2.
  bool ignore_configured_endpoints = false;  ///< Only `endpoint` above counts.
  /// Of everything that is put and copied. `unsupported` for a server that may ignore it.
  ServerSideEncryption server_side_encryption = ServerSideEncryption::bucket_default;
  std::string kms_key_id = {};  ///< For `kms`; else the account's own key for S3.
  bool requester_pays = false;  ///< Requests to buckets that demand it are paid by the caller.
};

/// Does no I/O; configuration and credentials are read at the first call. Errors:
/// `invalid_argument` for options that contradict each other.
CLOUDKIT_API Result<ObjectStore> make_s3_store(S3Options options = {});

/// Keys given by the program itself. Thread-safe. `get` never fails; what is missing in them the
/// first signature says, as `unauthenticated`.
CLOUDKIT_API std::shared_ptr<CredentialSource> explicit_credentials(Credentials credentials);
/// The first that there are: in the environment; of a profile (`profile`: else AWS_PROFILE, else
/// AWS_DEFAULT_PROFILE, else "default"), by its keys, role, SSO login, web identity or program; of a web identity that
/// the environment names; of a container; of an EC2 instance. Who names a profile here does not want those of the
/// environment. Fetched at the first call, again before they expire. docs/guide/credentials.md has the details.
/// `transport` is for the services that are asked.
/// https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
CLOUDKIT_API std::shared_ptr<CredentialSource> default_credentials(std::string profile = {},
                                                                   http::TransportOptions transport = {});

/// A role to assume with keys that are allowed to.
/// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
struct AssumeRoleOptions {
  std::string role_arn = {};                           ///< Required.
  std::string session_name = {};                       ///< In CloudTrail. Default: "cloudkit-" and the time.
  std::string external_id = {};                        ///< Where the role's trust policy demands one.
  std::chrono::seconds duration{0};                    ///< 900 to 43200. 0: an hour.
  std::string region = {};                             ///< Of STS; else as configured.
  std::string profile = {};                            ///< Whose configuration, and credentials without `credentials`.
  std::shared_ptr<CredentialSource> credentials = {};  ///< Default: `default_credentials(profile)`.
  http::TransportOptions transport = {};
};
/// Does nothing before the first `get`; then keeps and renews as `default_credentials` does. Errors of
/// `get`: `invalid_argument` without a role; as STS says.
CLOUDKIT_API std::shared_ptr<CredentialSource> assume_role(AssumeRoleOptions options);

/// A role to assume with the token of an identity provider, as in Kubernetes or a CI runner.
/// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
struct WebIdentityOptions {
  std::string role_arn = {};         ///< Required.
  std::string token_file = {};       ///< Required. Read anew each time, as others renew it.
  std::string session_name = {};     ///< Default: "cloudkit-" and the time.
  std::chrono::seconds duration{0};  ///< 900 to 43200. 0: an hour.
  std::string region = {};           ///< Of STS; else as configured.
  std::string profile = {};          ///< Whose configuration.
  http::TransportOptions transport = {};
};
/// As `assume_role`. Errors of `get` also: `unauthenticated` for a file without a token.
CLOUDKIT_API std::shared_ptr<CredentialSource> web_identity(WebIdentityOptions options);

/// Who signs requests.
struct CallerIdentity {
  std::string account = {};  ///< Twelve digits.
  std::string arn = {};      ///< "arn:aws:iam::123456789012:user/ada".
  std::string user_id = {};  ///< Unique for ever, where names may come again.
};
/// For `caller_identity`.
struct CallerIdentityOptions {
  std::string region = {};                             ///< Of STS; else as configured.
  std::string profile = {};                            ///< Whose configuration, and credentials without `credentials`.
  std::shared_ptr<CredentialSource> credentials = {};  ///< Default: `default_credentials(profile)`.
  http::TransportOptions transport = {};
  Context context = {};
};
/// Asks STS, which needs no permission for it. Errors: those of finding credentials; `unauthenticated`
/// for keys that STS does not accept; those of any request.
CLOUDKIT_API Result<CallerIdentity> caller_identity(const CallerIdentityOptions& options = {});

}  // namespace cloudkit::inline v0::aws
