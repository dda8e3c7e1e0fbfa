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
enum class S3Server { aws, ceph, generic };
/// `bucket_default`: as the bucket says; AWS then uses keys of its own, as with `aes256`. `kms`: keys of
/// the Key Management Service.
enum class ServerSideEncryption { bucket_default, aes256, kms };
enum class Addressing { automatic, path, virtual_host };

/// Empty members come from where the AWS CLI finds them: environment, then profile.
struct S3Options {
  std::string region = {};
  std::string endpoint = {};  ///< "https://HOST[:PORT][/BASE]"; else AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL.
  std::string profile = {};
  bool anonymous = false;   ///< Send unsigned requests. Never happens by accident.
  bool allow_http = false;  ///< Plain http to another machine than this one.
  Addressing addressing = Addressing::automatic;
  std::optional<S3Server> server = {};  ///< Default: `aws` for its own hosts, else `generic`.
  std::shared_ptr<CredentialSource> credentials = {};
  http::RetryOptions retry = {};
  http::TransportOptions transport = {};
  /// Of everything that is put and copied. `unsupported` for a server that may ignore it.
  ServerSideEncryption server_side_encryption = ServerSideEncryption::bucket_default;
  std::string kms_key_id = {};  ///< For `kms`; else the account's own key for S3.
  bool requester_pays = false;  ///< Requests to buckets that demand it are paid by the caller.
};

/// Does no I/O; configuration and credentials are read at the first call. Errors:
/// `invalid_argument` for options that contradict each other.
CLOUDKIT_API Result<ObjectStore> make_s3_store(S3Options options = {});

/// Keys given by the program itself.
CLOUDKIT_API std::shared_ptr<CredentialSource> explicit_credentials(Credentials credentials);
/// Environment, then the profile files (`profile`: else AWS_PROFILE, else "default").
CLOUDKIT_API std::shared_ptr<CredentialSource> default_credentials(std::string profile = {});

}  // namespace cloudkit::inline v0::aws
