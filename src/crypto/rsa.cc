#include "crypto/rsa.h"

#include "core/fail.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <new>
#include <utility>

namespace cloudkit::inline v0::crypto {

// Not of this file alone, since RsaKey::Impl has one.
template <auto kFree>
struct FreeBy {
  template <class T>
  void operator()(T* object) const noexcept {
    kFree(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;

namespace {

// A key's text has 1.7 KB with 2048 bits, 3.2 KB with 4096.
constexpr std::size_t kLargestPem = std::size_t{64} << 10;
// https://www.rfc-editor.org/rfc/rfc7518#section-3.3; what is larger than OpenSSL's own limit takes seconds to sign.
constexpr int kFewestBits = 2048;
constexpr int kMostBits = 16'384;

using Bio = std::unique_ptr<BIO, FreeBy<BIO_free_all>>;
using SignContext = std::unique_ptr<EVP_MD_CTX, FreeBy<EVP_MD_CTX_free>>;

// What we do not know of must not ask the terminal.
int no_password(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

Error bad_key(std::string_view why) { return core::fail(ErrorCode::unauthenticated, std::string(why)); }

}  // namespace

struct RsaKey::Impl {
  Key key;
};

Result<RsaKey> RsaKey::from_pem(std::string_view pem) {
  if (pem.find("-----BEGIN ") == std::string_view::npos) return bad_key("it is not PEM: it has no -----BEGIN line");
  if (pem.size() > kLargestPem) return bad_key("it is larger than any key");
  const Bio text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (text == nullptr) throw std::bad_alloc();
  bool encrypted = false;
  ERR_set_mark();
  Key key(PEM_read_bio_PrivateKey(text.get(), nullptr, no_password, &encrypted));
  ERR_pop_to_mark();
  if (encrypted) return bad_key("it is encrypted by a password");
  if (key == nullptr) return bad_key("it is no private key that OpenSSL can read");
  if (EVP_PKEY_is_a(key.get(), "RSA") != 1) return bad_key("it is no RSA key");
  const int bits = EVP_PKEY_get_bits(key.get());
  if (bits < kFewestBits || bits > kMostBits) {
    return bad_key(fmt::format("it is an RSA key of {} bits, not of {} to {}", bits, kFewestBits, kMostBits));
  }
  RsaKey usable(std::make_shared<const Impl>(Impl{std::move(key)}));
  // Numbers that do not belong together are read, but cannot sign.
  if (usable.try_to_sign("x").empty()) return bad_key("it is an RSA key that cannot sign");
  return usable;
}

std::string RsaKey::sign_sha256(std::string_view data) const {
  std::string signature = try_to_sign(data);
  // What signed once when it was read fails for want of memory only.
  if (signature.empty()) throw std::bad_alloc();
  return signature;
}

std::string RsaKey::try_to_sign(std::string_view data) const {
  const SignContext context(EVP_MD_CTX_new());
  if (context == nullptr) throw std::bad_alloc();
  const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
  std::size_t size = 0;
  std::string signature;
  ERR_set_mark();
  bool done =
      EVP_DigestSignInit_ex(context.get(), nullptr, "SHA2-256", nullptr, nullptr, impl_->key.get(), nullptr) == 1 &&
      EVP_DigestSign(context.get(), nullptr, &size, bytes, data.size()) == 1;
  if (done) {
    signature.resize(size);
    done = EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                          data.size()) == 1;
  }
  ERR_pop_to_mark();
  signature.resize(done ? size : 0);
  return signature;
}

}  // namespace cloudkit::inline v0::crypto
