#pragma once

#include "crypto/rsa.h"

#include <cloudkit/driver/http.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The credentials that Google's tools write as JSON, read without any I/O.
/// https://cloud.google.com/docs/authentication/application-default-credentials, https://google.aip.dev/auth/4110
namespace cloudkit::inline v0::gcp {

struct ServiceAccountKey {
  std::string email = {};
  std::string key_id = {};
  std::string project = {};
  http::Request token_endpoint = {};
  std::string token_uri = {};  ///< The same as it is written: whom an assertion is for.
  crypto::RsaKey key;
};

/// What `gcloud auth application-default login` leaves.
struct AuthorizedUser {
  std::string client_id = {};
  std::string client_secret = {};
  std::string refresh_token = {};
  std::string quota_project = {};
  http::Request token_endpoint = {};
};

/// A service account as whom somebody else acts.
struct ActingAs {
  http::Request api = {};  ///< Of IAM Credentials; `encoded_path` up to the account's name.
  std::string account = {};
  std::vector<std::string> delegates = {};
  std::chrono::seconds lifetime{3600};
};

/// Where another identity provider's token is; of a JSON text in `field`, else the whole text.
struct SubjectFile {
  std::string path = {};
  std::string field = {};
};
struct SubjectUrl {
  http::Request request = {};
  std::string field = {};
};
/// A request that AWS's STS would answer with the caller's identity; {region} stands in it.
struct SubjectAws {
  std::string verification_url = {};
};

/// Workload and workforce identity federation. https://google.aip.dev/auth/4117
struct ExternalAccount {
  std::string audience = {};
  std::string subject_token_type = {};
  std::variant<SubjectFile, SubjectUrl, SubjectAws> subject = {};
  http::Request token_endpoint = {};
  std::string client_id = {};
  std::string client_secret = {};
  std::string user_project = {};  ///< Of workforce pools.
  std::string quota_project = {};
  ActingAs acting_as = {};  ///< Empty account: the federated token itself is shown.
};

struct ImpersonatedAccount;

using KeyFile = std::variant<ServiceAccountKey, AuthorizedUser, ExternalAccount, ImpersonatedAccount>;

struct ImpersonatedAccount {
  ActingAs acting_as = {};
  std::string quota_project = {};
  std::shared_ptr<const KeyFile> by = {};
};

/// Errors: `unauthenticated`, naming the member that is wrong but none of its values; `unsupported` for kinds that are
/// known but not spoken.
Result<KeyFile> read_key_file(std::string_view json);

/// Of the IAM Credentials API of Google itself. Errors: `invalid_argument` for what is no name of an account.
Result<ActingAs> acting_as(std::string_view account, std::vector<std::string> delegates);

}  // namespace cloudkit::inline v0::gcp
