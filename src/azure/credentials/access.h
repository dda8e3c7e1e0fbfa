#pragma once

#include "auth/bearer.h"
#include "auth/sas.h"
#include "auth/shared_key.h"
#include "auth/surroundings.h"
#include "http/endpoint_url.h"

#include <cloudkit/azure.h>

#include <memory>
#include <mutex>
#include <string>

namespace cloudkit::inline v0::azure {

/// Where an account's blobs are, and who asks: what options and environment come to. At most one of `key`, `sas` and
/// `tokens` is there; with none, requests are anonymous.
struct BlobAccess {
  std::string account = {};                   ///< Empty where neither anybody said it nor the endpoint does.
  http::Endpoint endpoint = {};               ///< Paths begin with its `base_path`: "/devstoreaccount1" of Azurite.
  std::shared_ptr<http::Signer> signer = {};  ///< For http::ClientOptions; null for anonymous requests.
  std::shared_ptr<const auth::SharedKey> key = {};
  std::shared_ptr<const auth::SharedAccessSignature> sas = {};
  std::shared_ptr<TokenSource> tokens = {};
  std::shared_ptr<const auth::BearerSigner> bearer = {};  ///< `signer`, where `tokens` are shown.
  std::string source = {};                                ///< Where the key or the signature is from; may be empty.

  /// Who asks, for messages and hints: "the key of account \"a\", from AZURE_STORAGE_KEY", "a shared access signature
  /// for rl until 2026-12-01T00:00:00Z, from AZURE_STORAGE_SAS_TOKEN", "the managed identity"; "" for nobody, and for
  /// tokens before the first request.
  std::string identity() const;
};

/// What can be said of options without reading anything. Errors: `invalid_argument` for what contradicts each other or
/// cannot be; `unauthenticated` for a key or a signature that is none.
Status check_options(const BlobOptions& options);

/// Does no I/O but reading variables. Errors: those above; `invalid_argument` where no account is known, with what to
/// set.
Result<BlobAccess> resolve_access(const BlobOptions& options, const auth::Surroundings& surroundings);

/// Resolved at the first call, and again after an error. Thread-safe.
class LazyBlobAccess {
 public:
  LazyBlobAccess(BlobOptions options, auth::Surroundings surroundings)
      : options_(std::move(options)), surroundings_(std::move(surroundings)) {}

  const BlobOptions& options() const noexcept { return options_; }
  const auth::Surroundings& surroundings() const noexcept { return surroundings_; }
  /// Valid as long as this object. Errors: as `resolve_access`.
  Result<const BlobAccess*> get();

 private:
  const BlobOptions options_;
  const auth::Surroundings surroundings_;
  std::mutex mutex_;
  std::unique_ptr<const BlobAccess> access_;  // Guarded by `mutex_` until it is there; then never changed.
};

}  // namespace cloudkit::inline v0::azure
