#pragma once

#include <cloudkit/result.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace cloudkit::inline v0::crypto {

/// A private RSA key, wiped when the last copy goes. Thread-safe.
class RsaKey {
 public:
  /// PKCS #8 or PKCS #1, without a password, of 2048 to 16384 bits; it signs once, to know that it can. Errors:
  /// `unauthenticated`, saying what is wrong with the text, and nothing of what it holds.
  static Result<RsaKey> from_pem(std::string_view pem);

  /// RSASSA-PKCS1-v1_5 with SHA-256, which JSON Web Tokens call RS256.
  /// https://www.rfc-editor.org/rfc/rfc7518#section-3.3
  std::string sign_sha256(std::string_view data) const;

 private:
  struct Impl;
  // Empty where it cannot.
  std::string try_to_sign(std::string_view data) const;
  explicit RsaKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

  std::shared_ptr<const Impl> impl_;
};

}  // namespace cloudkit::inline v0::crypto
