#include "crypto/digest.h"

#include "core/encode.h"
#include "crypto/crc.h"
#include "support/global_destructor.h"
#include "support/test_data.h"
#include "vector_input.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <thread>
#include <utility>
#include <vector>

using namespace cloudkit;
using nlohmann::json;

namespace {

const json& vectors() {
  static const json all = json::parse(read_test_data("checksums.json"));
  return all;
}

// Feeds pieces of growing size, so that block borders are crossed everywhere.
template <class Hash>
auto hash_in_pieces(Hash& hash, std::string_view data) {
  for (std::size_t size = 1; !data.empty(); size += 13) {
    hash.update(data.substr(0, size));
    data.remove_prefix(std::min(size, data.size()));
  }
  return hash.finish();
}

}  // namespace

TEST_CASE("SHA-256, MD5 and SHA-1 give the published values, whole and in pieces") {
  crypto::Sha256 sha256;
  crypto::Md5 md5;
  REQUIRE(vectors().at("cases").size() == 13);
  for (const json& test : vectors().at("cases")) {
    CAPTURE(test.at("name").get<std::string>());
    const std::string data = input_of(test);
    REQUIRE(data.size() == test.at("length"));
    const std::string expected_sha256 = test.at("sha256").at("hex");
    const std::string expected_md5 = test.at("md5").at("hex");
    CHECK(core::hex_encode(crypto::sha256(data)) == expected_sha256);
    CHECK(core::hex_encode(crypto::md5(data)) == expected_md5);
    CHECK(core::hex_encode(crypto::sha1(data)) == test.at("sha1").at("hex").get<std::string>());
    CHECK(core::hex_encode(hash_in_pieces(sha256, data)) == expected_sha256);
    CHECK(core::hex_encode(hash_in_pieces(md5, data)) == expected_md5);
  }
}

TEST_CASE("HMAC-SHA-256 gives the published values") {
  REQUIRE(vectors().at("hmac_sha256").size() == 2);
  for (const json& test : vectors().at("hmac_sha256")) {
    const std::string key = bytes_of_hex(test.at("key_hex"));
    const std::string data = test.at("data");
    CHECK(core::hex_encode(crypto::hmac_sha256(key, data)) == test.at("hex").get<std::string>());
  }
}

// https://www.rfc-editor.org/rfc/rfc4231#section-4.7: a key longer than a block is hashed first.
TEST_CASE("HMAC keys of any length sign, again and again") {
  const crypto::HmacKey long_key(std::string(131, '\xAA'));
  const std::string expected = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54";
  for (int i = 0; i < 3; ++i) {
    CHECK(core::hex_encode(long_key.sign("Test Using Larger Than Block-Size Key - Hash Key First")) == expected);
  }
  CHECK(core::hex_encode(crypto::hmac_sha256("", "")) ==
        "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  // 64 bytes is one block: padded with nothing, not hashed. A key padded by hand is the same key.
  CHECK(crypto::hmac_sha256("key", "data") == crypto::hmac_sha256("key" + std::string(61, '\0'), "data"));
  CHECK(crypto::hmac_sha256(std::string(64, 'k'), "data") != crypto::hmac_sha256(std::string(65, 'k'), "data"));
}

TEST_CASE("a digest can be moved and starts anew after finish") {
  crypto::Sha256 first;
  first.update("hello ");
  crypto::Sha256 second = std::move(first);
  second.update("world");
  CHECK(second.finish() == crypto::sha256("hello world"));
  CHECK(second.finish() == crypto::sha256(""));
  crypto::HmacKey key("a");
  key = crypto::HmacKey("b");
  CHECK(key.sign("x") == crypto::hmac_sha256("b", "x"));
}

TEST_CASE("one HMAC key signs for several threads at once") {
  const crypto::HmacKey key("shared");
  const auto expected = crypto::hmac_sha256("shared", "data");
  std::vector<int> wrong(4);
  std::vector<std::thread> threads;
  for (int& count : wrong) {
    threads.emplace_back([&key, &expected, &count] {
      for (int i = 0; i < 1000; ++i) count += key.sign("data") != expected;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(4));
}

TEST_CASE("cleanse leaves no secret behind") {
  std::string secret = "cktest-cleanse-secret-correct-horse-battery-staple";
  const char* bytes = secret.data();
  const std::size_t size = secret.size();
  crypto::cleanse(secret);
  CHECK(secret.empty());
  // The string keeps its buffer; its first byte is the terminator now.
  CHECK(std::string_view(bytes, size) == std::string(size, '\0'));
  crypto::cleanse(secret);
  CHECK(secret.empty());
}

TEST_CASE("digests, keys and checksums are for destructors of globals, too") {
  CHECK(::test::works_in_global_destructor([] {
    crypto::Sha256 pieces;
    pieces.update("abc");
    const bool same = pieces.finish() == crypto::sha256("abc") && crypto::md5("abc") != crypto::md5("abd");
    return same && crypto::hmac_sha256("key", "data") == crypto::HmacKey("key").sign("data") &&
           crypto::crc32c(0, "123456789") == 0xE3069283 && crypto::crc64nvme(0, "123456789") == 0xAE8B14860A799888;
  }));
}

TEST_CASE("a thread signs while what it holds is destroyed") {
  struct Last {
    bool* right = nullptr;
    ~Last() {
      if (right != nullptr) *right = crypto::HmacKey("k").sign("d") == crypto::hmac_sha256("k", "d");
    }
  };
  bool right = false;
  std::thread([&right] {
    thread_local Last last;  // Made before the thread's context, and so destroyed after it.
    last.right = &right;
    crypto::sha256("abc");
  }).join();
  CHECK(right);
}
