#pragma once

#include "auth/text.h"
#include "crypto/digest.h"

#include <cloudkit/driver/http.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

/// Azure Storage's Shared Key. https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key
namespace cloudkit::inline v0::auth {

/// One of the two keys of a storage account. Thread-safe.
class SharedKey {
 public:
  /// Errors: `unauthenticated` for a key that is not base64, or an account that cannot be one; neither is shown.
  static Result<SharedKey> parse(std::string account, std::string_view base64);

  const std::string& account() const noexcept { return account_; }
  /// HMAC-SHA-256 in base64.
  std::string sign(std::string_view string_to_sign) const;

 private:
  SharedKey(std::string account, std::string_view key) : account_(std::move(account)), key_(key) {}

  std::string account_;
  crypto::HmacKey key_;
};

/// For a request that has all its other headers, x-ms-date and x-ms-version among them. Does not use the heap for a
/// usual request.
void append_shared_key_string(Text& out, const http::Request& request, std::string_view account);

/// Sets x-ms-date and Authorization, replacing what an earlier attempt set.
void authorize(http::Request& request, const SharedKey& key, std::chrono::system_clock::time_point now);

/// Sets x-ms-date and Authorization, replacing what an earlier attempt set. Thread-safe.
class SharedKeySigner final : public http::Signer {
 public:
  explicit SharedKeySigner(std::shared_ptr<const SharedKey> key) : key_(std::move(key)) {}

  /// Errors: `invalid_argument` for a request without x-ms-version, which the service would not know how to check.
  Status sign(http::Request& request, std::chrono::system_clock::time_point now, const Context& context) override;

 private:
  const std::shared_ptr<const SharedKey> key_;
};

}  // namespace cloudkit::inline v0::auth
