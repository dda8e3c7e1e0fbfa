#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

/// Digests over OpenSSL's EVP. Throws `std::runtime_error` where OpenSSL has no memory or no
/// such algorithm, which is no condition that a caller could handle better than `bad_alloc`.
namespace cloudkit::inline v0::crypto {

using Sha256Digest = std::array<unsigned char, 32>;
using Md5Digest = std::array<unsigned char, 16>;
using Sha1Digest = std::array<unsigned char, 20>;

Sha256Digest sha256(std::string_view data);
Sha256Digest hmac_sha256(std::string_view key, std::string_view data);
Md5Digest md5(std::string_view data);
/// For names that others made with it; never for security.
Sha1Digest sha1(std::string_view data);

/// Of the OpenSSL that runs: "3.0.17".
std::string library_version();

/// Has OpenSSL end itself after the destructors of globals that are constructed from now on. Loads nothing.
void end_after_globals() noexcept;

/// Overwrites a secret with zeros, which no optimiser removes, and empties the string.
void cleanse(std::string& secret) noexcept;

/// For bodies that arrive in pieces. For one thread at a time.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(std::string_view data);
  Sha256Digest finish();  ///< And starts anew.

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class Md5 {
 public:
  Md5();
  ~Md5();
  Md5(Md5&&) noexcept;
  Md5& operator=(Md5&&) noexcept;
  void update(std::string_view data);
  Md5Digest finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// HMAC-SHA-256 with a key used many times: both pads are hashed once. `sign` allocates nothing
/// after the first call of a thread. Thread-safe.
class HmacKey {
 public:
  explicit HmacKey(std::string_view key);
  ~HmacKey();
  HmacKey(HmacKey&&) noexcept;
  HmacKey& operator=(HmacKey&&) noexcept;
  Sha256Digest sign(std::string_view data) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cloudkit::inline v0::crypto
