#pragma once

#include "azure/blob/checksum.h"
#include "azure/blob/request.h"
#include "azure/credentials/access.h"
#include "azure/credentials/delegation.h"

#include <cloudkit/azure.h>
#include <cloudkit/driver/http.h>
#include <cloudkit/finding.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::azure::blob {

/// Sends requests to an account's Blob service. Shared by a store and its containers; thread-safe; reads the
/// environment at the first call.
class BlobClient {
 public:
  using Build = std::function<Result<http::Request>(const Target&)>;

  BlobClient(BlobOptions options, auth::Surroundings surroundings)
      : access_(std::move(options), std::move(surroundings)) {}

  bool anonymous() const noexcept { return access_.options().anonymous; }
  /// See `ObjectStoreDriver::diagnose`.
  std::vector<Finding> diagnose(const Context& context);
  /// The endpoint: copies work within it.
  std::string store_id();

  /// About a container and what is in it or, without one, about the account.
  Result<http::Response> send(std::string_view container, const Build& build, const Context& context,
                              http::BodyReceiver* receiver = nullptr);
  /// What the endpoint is known to check.
  Result<Digests> digests();
  /// Where the container is.
  Result<Target> target(std::string_view container);
  /// Of a batch, whose version it has: each is signed. Errors: those of the signer.
  Status sign_part(http::Request& request, const Context& context);
  /// What lets a URL of a blob be used without credentials: a query. `terms` but for its end and its protocols. Who
  /// shows tokens is lent a key for it, by a request. Errors: `unsupported` for credentials that make none.
  Result<http::Query> sas(auth::SasTerms terms, std::chrono::seconds expires, const Context& context);
  /// A blob as the source of a copy, with the signature that its reader needs.
  Result<std::string> source_url(std::string_view container, std::string_view key, std::string_view version_id = {});

 private:
  struct Sender {
    const BlobAccess* access = nullptr;
    http::Client* client = nullptr;
  };
  Result<Sender> sender();
  Result<auth::DelegationKey> delegation(const Sender& sender, std::chrono::system_clock::time_point until,
                                         const Context& context);

  LazyBlobAccess access_;
  DelegationKeys delegations_;
  std::mutex mutex_;
  std::unique_ptr<http::Client> client_;  // Guarded by `mutex_` until it is there; then never changed.
};

}  // namespace cloudkit::inline v0::azure::blob
