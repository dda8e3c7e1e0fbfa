#include "crypto/rsa.h"

#include "support/rsa_test_key.h"

#include <doctest/doctest.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace cloudkit;

namespace {

std::string refusal(const std::string& pem) {
  ERR_clear_error();
  const auto key = crypto::RsaKey::from_pem(pem);
  REQUIRE_FALSE(key);
  CHECK(key.error().code == ErrorCode::unauthenticated);
  CHECK(ERR_peek_error() == 0);
  return key.error().message;
}

// Nobody's: a number of as many bits in the place of the product of two primes.
::test::PKey key_with_modulus(int bits, bool odd) {
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> modulus(BN_new(), BN_free), exponent(BN_new(), BN_free);
  BN_set_bit(modulus.get(), bits - 1);
  if (odd) BN_set_bit(modulus.get(), 0);
  BN_set_word(exponent.get(), 65'537);
  const std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> build(OSSL_PARAM_BLD_new(),
                                                                              OSSL_PARAM_BLD_free);
  for (const char* name :
       {"n", "e", "d", "rsa-factor1", "rsa-factor2", "rsa-exponent1", "rsa-exponent2", "rsa-coefficient1"}) {
    OSSL_PARAM_BLD_push_BN(build.get(), name, *name == 'n' ? modulus.get() : exponent.get());
  }
  const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> parameters(OSSL_PARAM_BLD_to_param(build.get()),
                                                                           OSSL_PARAM_free);
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr), EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  EVP_PKEY_fromdata_init(context.get());
  EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters.get());
  return {key, EVP_PKEY_free};
}

}  // namespace

TEST_CASE("a key signs what its public half verifies, in many threads") {
  EVP_PKEY* pair = ::test::rsa_test_key().get();
  const auto key = crypto::RsaKey::from_pem(::test::private_pem(pair));
  REQUIRE(key);
  for (const std::string& data : {std::string(), std::string("a"), std::string(1 << 20, 'x')}) {
    const std::string signature = key->sign_sha256(data);
    CHECK(signature.size() == 256);
    CHECK(::test::verifies(pair, data, signature));
    CHECK_FALSE(::test::verifies(pair, data + "!", signature));
  }
  std::vector<std::string> signatures(8);
  std::vector<std::thread> threads;
  for (std::string& signature : signatures) threads.emplace_back([&] { signature = key->sign_sha256("data"); });
  for (std::thread& thread : threads) thread.join();
  for (const std::string& signature : signatures) CHECK(signature == signatures[0]);
}

TEST_CASE(
    "an RSA key that is too short, too long to be one, or cannot sign is refused when it is read, and throws nothing") {
  const ::test::PKey small(EVP_RSA_gen(1024), EVP_PKEY_free);
  CHECK(refusal(::test::private_pem(small.get())) == "it is an RSA key of 1024 bits, not of 2048 to 16384");
  // As large as a key, but even: no arithmetic of RSA takes such a modulus.
  const std::string broken = ::test::private_pem(key_with_modulus(2048, false).get());
  REQUIRE_FALSE(broken.empty());
  CHECK(refusal(broken) == "it is an RSA key that cannot sign");
  CHECK(refusal(::test::private_pem(key_with_modulus(17'000, true).get())) ==
        "it is an RSA key of 17000 bits, not of 2048 to 16384");
}

TEST_CASE("what is no RSA key without a password says what it is") {
  const std::string pem = ::test::private_pem(::test::rsa_test_key().get());
  CHECK(refusal("") == "it is not PEM: it has no -----BEGIN line");
  CHECK(refusal("cktest-nokey-1") == "it is not PEM: it has no -----BEGIN line");
  CHECK(refusal(pem.substr(0, pem.size() / 2)) == "it is no private key that OpenSSL can read");
  std::string broken = pem;
  broken[pem.size() / 2] = '!';
  CHECK(refusal(broken) == "it is no private key that OpenSSL can read");
  CHECK(refusal("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n") ==
        "it is no private key that OpenSSL can read");
  CHECK(refusal(::test::private_pem(::test::rsa_test_key().get(), "secret")) == "it is encrypted by a password");
  const ::test::PKey elliptic(EVP_EC_gen("P-256"), EVP_PKEY_free);
  CHECK(refusal(::test::private_pem(elliptic.get())) == "it is no RSA key");
  CHECK(refusal(pem + std::string(1 << 20, '\n')) == "it is larger than any key");
}
