#include "crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <optional>
#include <stdexcept>

namespace cloudkit::inline v0::crypto {
namespace {

void require(bool done) {
  if (!done) throw std::runtime_error("OpenSSL cannot compute a digest");
}

}  // namespace

// Not of this file alone, since Sha256::Impl and others have one.
class Hash {
 public:
  explicit Hash(const EVP_MD* method) : context_(EVP_MD_CTX_new()), method_(method) {
    require(context_ != nullptr && method_ != nullptr);
    start();
  }
  void start() { require(EVP_DigestInit_ex2(context_.get(), method_, nullptr) == 1); }
  void update(std::string_view data) { require(EVP_DigestUpdate(context_.get(), data.data(), data.size()) == 1); }
  template <class Digest>
  Digest finish() {
    Digest digest;
    require(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1);
    return digest;
  }
  void copy_state(const Hash& other) { require(EVP_MD_CTX_copy_ex(context_.get(), other.context_.get()) == 1); }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
  const EVP_MD* method_;
};

namespace {

// Fetched once: a fetch by name costs more than hashing a whole small message. Never freed: a
// method that somebody holds works after OpenSSL's own clean-up at exit, too, which fetches no more.
const EVP_MD* sha256_method() {
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
  return method;
}

// "-fips": MD5 guards against accidents here (Content-MD5, ETag), which FIPS mode permits.
const EVP_MD* md5_method() {
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "MD5", "-fips");
  return method;
}

// Names files only (the AWS CLI's token cache), so this may be outside of FIPS mode's module too.
const EVP_MD* sha1_method() {
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA1", "-fips");
  return method;
}

// Needs no destruction, and so can be asked when the thread's context has ended.
thread_local bool thread_hash_ended = false;

struct ThreadHash {
  ~ThreadHash() { thread_hash_ended = true; }
  Hash hash{sha256_method()};
};

// For one-shot digests: a context of the thread's own is ready three times as fast as a new one.
// Handles may be globals, which sign after the thread's has ended: then `own` serves.
Hash& thread_sha256(std::optional<Hash>& own) {
  if (thread_hash_ended) [[unlikely]]
    return own.emplace(sha256_method());
#ifdef __clang__  // The one static with a destructor: each thread has another.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wexit-time-destructors"
#endif
  thread_local ThreadHash ready;
#ifdef __clang__
#pragma clang diagnostic pop
#endif
  return ready.hash;
}

constexpr std::size_t kSha256Block = 64;

Hash hash_pad(std::string_view block, unsigned char pad_byte) {
  std::array<char, kSha256Block> pad;
  for (std::size_t i = 0; i < pad.size(); ++i) {
    const auto key_byte = i < block.size() ? static_cast<unsigned char>(block[i]) : 0U;
    pad[i] = static_cast<char>(key_byte ^ pad_byte);
  }
  Hash hash(sha256_method());
  hash.update({pad.data(), pad.size()});
  OPENSSL_cleanse(pad.data(), pad.size());
  return hash;
}

std::string_view view(const Sha256Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

std::string library_version() { return OpenSSL_version(OPENSSL_VERSION_STRING); }

void end_after_globals() noexcept { OPENSSL_init_crypto(0, nullptr); }

void cleanse(std::string& secret) noexcept {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

Sha256Digest sha256(std::string_view data) {
  static const Hash& fresh = *new Hash(sha256_method());  // Never destroyed, as the method.
  std::optional<Hash> own;
  Hash& hash = thread_sha256(own);
  hash.copy_state(fresh);  // A fifth quicker than starting.
  hash.update(data);
  return hash.finish<Sha256Digest>();
}

Sha256Digest hmac_sha256(std::string_view key, std::string_view data) { return HmacKey(key).sign(data); }

Md5Digest md5(std::string_view data) {
  Hash hash(md5_method());
  hash.update(data);
  return hash.finish<Md5Digest>();
}

Sha1Digest sha1(std::string_view data) {
  Hash hash(sha1_method());
  hash.update(data);
  return hash.finish<Sha1Digest>();
}

struct Sha256::Impl {
  Hash hash{sha256_method()};
};
Sha256::Sha256() : impl_(std::make_unique<Impl>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
void Sha256::update(std::string_view data) { impl_->hash.update(data); }
Sha256Digest Sha256::finish() {
  const auto digest = impl_->hash.finish<Sha256Digest>();
  impl_->hash.start();
  return digest;
}

struct Md5::Impl {
  Hash hash{md5_method()};
};
Md5::Md5() : impl_(std::make_unique<Impl>()) {}
Md5::~Md5() = default;
Md5::Md5(Md5&&) noexcept = default;
Md5& Md5::operator=(Md5&&) noexcept = default;
void Md5::update(std::string_view data) { impl_->hash.update(data); }
Md5Digest Md5::finish() {
  const auto digest = impl_->hash.finish<Md5Digest>();
  impl_->hash.start();
  return digest;
}

// https://www.rfc-editor.org/rfc/rfc2104#section-4: the states after the padded keys, precomputed.
struct HmacKey::Impl {
  Hash inner;
  Hash outer;
};
HmacKey::HmacKey(std::string_view key) {
  Sha256Digest hashed{};
  if (key.size() > kSha256Block) {
    hashed = sha256(key);
    key = view(hashed);
  }
  impl_.reset(new Impl{hash_pad(key, 0x36), hash_pad(key, 0x5C)});
  OPENSSL_cleanse(hashed.data(), hashed.size());
}
HmacKey::~HmacKey() = default;
HmacKey::HmacKey(HmacKey&&) noexcept = default;
HmacKey& HmacKey::operator=(HmacKey&&) noexcept = default;

Sha256Digest HmacKey::sign(std::string_view data) const {
  std::optional<Hash> own;
  Hash& hash = thread_sha256(own);
  hash.copy_state(impl_->inner);
  hash.update(data);
  const auto inner = hash.finish<Sha256Digest>();
  hash.copy_state(impl_->outer);
  hash.update(view(inner));
  return hash.finish<Sha256Digest>();
}

}  // namespace cloudkit::inline v0::crypto
