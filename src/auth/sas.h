#pragma once

#include "auth/shared_key.h"
#include "core/time.h"

#include <cloudkit/driver/http.h>

#include <optional>
#include <string>
#include <string_view>

/// Shared access signatures of Azure Storage: what may be done, signed into the query of a URL.
/// https://learn.microsoft.com/rest/api/storageservices/delegate-access-with-shared-access-signature
namespace cloudkit::inline v0::auth {

/// One that somebody else made.
class SharedAccessSignature {
 public:
  /// "sv=…&sig=…", with or without the `?`. Errors: `unauthenticated`, with what is wrong but no value of it.
  static Result<SharedAccessSignature> parse(std::string_view text);

  /// Errors: `unauthenticated` for one that has expired or begins later, by more than clocks may differ: what is
  /// nearer, the service decides.
  Status check(core::TimePoint now) const;
  /// In the place of what an earlier attempt added.
  void add_to(http::Query& query) const;

  const std::optional<core::TimePoint>& expires() const noexcept { return expires_; }
  /// For messages: "for rl until 2026-12-01T00:00:00Z".
  std::string terms() const;

 private:
  std::string_view value_of(std::string_view name) const noexcept;

  http::Query query_;
  std::optional<core::TimePoint> starts_ = {};
  std::optional<core::TimePoint> expires_ = {};
};

/// Adds one to every request. Thread-safe.
class SasSigner final : public http::Signer {
 public:
  explicit SasSigner(std::shared_ptr<const SharedAccessSignature> sas) : sas_(std::move(sas)) {}

  /// Errors: those of `check`.
  Status sign(http::Request& request, std::chrono::system_clock::time_point now, const Context& context) override;

 private:
  const std::shared_ptr<const SharedAccessSignature> sas_;
};

/// What one that is made allows.
struct SasTerms {
  std::string permissions = {};  ///< In the service's order: "racwdxltmeop".
  std::optional<core::TimePoint> starts = {};
  core::TimePoint expires = {};
  std::string container = {};
  std::string blob = {};           ///< Empty: the whole container.
  std::string version = {};        ///< Of the blob. At most one of these two.
  std::string snapshot = {};       ///< Its time, as the service says it.
  std::string addresses = {};      ///< "198.51.100.10" or "198.51.100.10-198.51.100.20": who may use it.
  std::string protocols = {};      ///< "https", "https,http"; empty is both.
  std::string cache_control = {};  ///< These headers the reply has instead of the blob's own.
  std::string content_disposition = {};
  std::string content_encoding = {};
  std::string content_language = {};
  std::string content_type = {};
  std::string service_version = "2022-11-02";  ///< Which rules of the service the signature follows.
};

/// A key that the service gave to somebody with a token; texts as the service said them.
/// https://learn.microsoft.com/rest/api/storageservices/get-user-delegation-key
struct DelegationKey {
  std::string object_id = {};
  std::string tenant_id = {};
  std::string starts = {};
  std::string expires = {};
  std::string service = {};  ///< "b"
  std::string version = {};
  std::string value = {};  ///< Base64. The secret.
};

/// Parameters for a URL that needs nothing else. By the account's key; by a delegated one, where `delegation` is given
/// and `key` holds its value. https://learn.microsoft.com/rest/api/storageservices/create-service-sas
/// https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas
http::Query make_sas(const SharedKey& key, const SasTerms& terms, const DelegationKey* delegation = nullptr);

/// What the above signs.
void append_sas_string(Text& out, std::string_view account, const SasTerms& terms, const DelegationKey* delegation);

}  // namespace cloudkit::inline v0::auth
