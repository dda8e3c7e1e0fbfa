#pragma once

#include <cloudkit/credentials.h>
#include <cloudkit/http_options.h>
#include <cloudkit/object_store.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

/// Google Cloud: typed options, and what only it has.
namespace cloudkit::inline v0::gcp {

/// What a service account's key made of some bytes: RSA with SHA-256.
struct Signature {
  std::string account = {};  ///< The e-mail address of the service account that signed.
  std::string bytes = {};    ///< As they are, not as base64.
  /// The key is one of Google's, which change: the signature holds for 12 hours at least, and for longer by chance.
  bool by_google = false;
};

/// Who asks Google Cloud. Thread-safe; does no I/O before the first call.
class CLOUDKIT_API Identity : public TokenSource {
 public:
  ~Identity() override;
  /// The service account's e-mail address, as far as it is one. Errors: `unsupported` for an identity that is none;
  /// those of `get`.
  virtual Result<std::string> account(const Context& context);
  /// For presigned URLs: of up to 7 days by a key of its own, of up to 12 hours by Google's. Errors: `unsupported` for
  /// an identity that has no key and may not ask for a signature; those of `get`.
  virtual Result<Signature> sign(Bytes bytes, const Context& context);
  /// Of the credentials; empty where they name none. Errors: those of `get`.
  virtual Result<std::string> project(const Context& context);
};

/// For what finds an `Identity`.
struct IdentityOptions {
  std::vector<std::string> scopes = {};  ///< What tokens are good for. Default: all that the account may do.
  http::TransportOptions transport = {};
};

/// What Google's own libraries find: the file that GOOGLE_APPLICATION_CREDENTIALS names, the login of
/// `gcloud auth application-default login`, the metadata server of Google's machines. Errors of `get`:
/// `unauthenticated` where there is nothing, naming each place and why; it goes on to no other place when one is
/// broken.
/// https://cloud.google.com/docs/authentication/application-default-credentials
CLOUDKIT_API std::shared_ptr<Identity> default_identity(IdentityOptions options = {});

/// A file that holds a service account's key, a user's login, an impersonation or a workload identity. It is read at
/// the first call.
///
/// Only files whose origin is known: one of a workload identity names hosts, and the files, variables and services of
/// this machine whose secrets are sent there. Refused are metadata services but Azure's for tokens, URLs without https
/// beyond this machine, and for AWS all but STS's GetCallerIdentity.
/// https://google.aip.dev/auth/4117
CLOUDKIT_API std::shared_ptr<Identity> identity_from_file(std::string path, IdentityOptions options = {});
/// The text of such a file, where it comes from elsewhere. The same holds: a text that a stranger may have written is
/// no credentials.
CLOUDKIT_API std::shared_ptr<Identity> identity_from_json(std::string json, IdentityOptions options = {});

/// A token that the program has already: it is shown until it is refused, and signs nothing.
CLOUDKIT_API std::shared_ptr<Identity> identity_from_token(AccessToken token);

/// For `impersonate`.
struct ImpersonationOptions {
  std::shared_ptr<Identity> identity = {};  ///< Who asks; default: `default_identity`.
  std::string service_account = {};         ///< Whose tokens are wanted: its e-mail address. Required.
  std::vector<std::string> delegates = {};  ///< Service accounts between the two, the first asked by `identity`.
  std::vector<std::string> scopes = {};     ///< As in IdentityOptions.
  std::chrono::seconds lifetime{3600};      ///< Of a token: 1 s to 12 hours, above one only where the account may.
  http::TransportOptions transport = {};
};

/// Acts as another service account, by the IAM Credentials API.
/// https://cloud.google.com/iam/docs/create-short-lived-credentials-direct
CLOUDKIT_API std::shared_ptr<Identity> impersonate(ImpersonationOptions options);

/// Empty members come from where Google's own libraries find them.
struct GcsOptions {
  std::string project = {};   ///< Where buckets are created and listed; else GOOGLE_CLOUD_PROJECT, else the identity's.
  std::string endpoint = {};  ///< "https://HOST[:PORT]"; else STORAGE_EMULATOR_HOST, else Google's.
  bool anonymous = false;     ///< Send no credentials: never by accident.
  bool allow_http = false;    ///< Plain http to another machine than this one.
  std::string location = {};  ///< Of buckets that are created, such as "europe-west1". Default: the service's.
  std::string user_project = {};            ///< Pays for requests to buckets that demand it.
  std::shared_ptr<Identity> identity = {};  ///< Who asks; default: `default_identity()`.
  http::RetryOptions retry = {};
  http::TransportOptions transport = {};
  /// Send tokens of the default identity to an `endpoint` that is neither Google's nor on this machine: they can be
  /// used by whoever gets them. Those of `identity` are sent to any.
  bool trust_endpoint = false;
};

/// Does no I/O; environment and credentials are read at the first call. Errors: `invalid_argument` for options that
/// contradict each other.
CLOUDKIT_API Result<ObjectStore> make_gcs_store(GcsOptions options = {});

}  // namespace cloudkit::inline v0::gcp
