#include "auth/google_v4.h"

#include "core/encode.h"
#include "core/fail.h"
#include "core/time.h"
#include "crypto/digest.h"
#include "method_of.h"
#include "now.h"
#include "support/rsa_test_key.h"
#include "support/test_data.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <string>

using namespace cloudkit;
using namespace std::chrono_literals;

namespace {

constexpr const char* kAccount = "test-iam-credentials@dummy-project-id.iam.gserviceaccount.com";

// The public half of the key that Google's conformance tests sign with.
::test::PKey public_key() {
  const std::string pem = read_test_data("gcs/v4_public_key.pem");
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                       BIO_free);
  return {PEM_read_bio_PUBKEY(text.get(), nullptr, nullptr, nullptr), EVP_PKEY_free};
}

std::string host_of(const nlohmann::json& vector) {
  for (const char* name : {"bucketBoundHostname", "hostname", "clientEndpoint", "emulatorHostname"}) {
    if (!vector.contains(name)) continue;
    const auto text = vector[name].get<std::string>();
    const auto scheme = text.find("://");
    return scheme == std::string::npos ? text : text.substr(scheme + 3);
  }
  return "storage." + vector.value("universeDomain", "googleapis.com");
}

auth::GoogleV4Url url_of(const nlohmann::json& vector) {
  auth::GoogleV4Url url;
  url.method = method_of(vector["method"]);
  url.bucket = vector["bucket"];
  url.object = vector.value("object", "");
  url.expires = std::chrono::seconds(vector["expiration"].get<int>());
  url.scheme = vector.value("scheme", "https");
  url.host = host_of(vector);
  const std::string style = vector.value("urlStyle", "");
  url.style = style == "VIRTUAL_HOSTED_STYLE"    ? auth::BucketStyle::virtual_hosted
              : style == "BUCKET_BOUND_HOSTNAME" ? auth::BucketStyle::bucket_bound
                                                 : auth::BucketStyle::path;
  const nlohmann::json headers = vector.value("headers", nlohmann::json::object());
  for (const auto& [name, value] : headers.items()) url.headers.add(name, value);
  const nlohmann::json query = vector.value("queryParameters", nlohmann::json::object());
  for (const auto& [name, value] : query.items()) url.query.emplace_back(name, value);
  return url;
}

std::string from_hex(std::string_view text) {
  std::string percent;
  for (std::size_t i = 0; i < text.size(); i += 2) percent += "%" + std::string(text.substr(i, 2));
  return core::percent_decode(percent).value();
}

auth::GoogleV4Url simple() {
  auth::GoogleV4Url url;
  url.bucket = "b";
  url.object = "k";
  url.expires = 60s;
  return url;
}

std::string refusal(const auth::GoogleV4Url& url, std::string_view account = kAccount) {
  const auto draft = auth::draft_google_v4(url, account, kNow);
  REQUIRE_FALSE(draft);
  CHECK(draft.error().code == ErrorCode::invalid_argument);
  return draft.error().message;
}

}  // namespace

TEST_CASE("Google's own vectors: canonical request, text to sign, signature and URL") {
  const auto vectors = nlohmann::json::parse(read_test_data("gcs/v4_signatures.json"))["signingV4Tests"];
  const ::test::PKey key = public_key();
  REQUIRE(key != nullptr);
  CHECK(vectors.size() == 29);
  int inconsistent = 0;
  for (const auto& vector : vectors) {
    CAPTURE(vector["description"].get<std::string>());
    const std::string expected = vector["expectedUrl"];
    const std::string signature = from_hex(expected.substr(expected.find("X-Goog-Signature=") + 17));
    const auto now = core::parse_rfc3339(vector["timestamp"].get<std::string>()).value();
    const auto url = url_of(vector);
    const auto draft = auth::draft_google_v4(url, kAccount, now);
    REQUIRE(draft);
    CHECK(draft->string_to_sign == vector["expectedStringToSign"]);
    // The text of "Universe domain with virtual hosted style" names the bucket twice, which its own hash does not.
    const std::string canonical = vector["expectedCanonicalRequest"];
    const bool consistent = draft->string_to_sign.ends_with(core::hex_encode(crypto::sha256(canonical)));
    inconsistent += consistent ? 0 : 1;
    if (consistent) CHECK(draft->canonical_request == canonical);
    CHECK(auth::sign_google_v4(url, kAccount, now, [&](std::string_view text) -> Result<std::string> {
            // Google's signature is of the very text that ours would be of.
            CHECK(::test::verifies(key.get(), text, signature));
            return signature;
          }).value() == expected);
  }
  CHECK(inconsistent == 1);
}

TEST_CASE("a signed URL lasts from 1 second to 7 days") {
  auth::GoogleV4Url url = simple();
  for (const auto good : {1s, 604'800s}) {
    url.expires = good;
    CHECK(auth::draft_google_v4(url, kAccount, kNow));
  }
  for (const auto bad : {0s, -1s, 604'801s}) {
    url.expires = bad;
    CHECK(refusal(url) == "a presigned URL lasts from 1 second to 7 days (604800 seconds), not " +
                              std::to_string(bad.count()) + " seconds");
  }
}

TEST_CASE("what cannot be signed is refused") {
  auth::GoogleV4Url url = simple();
  CHECK(refusal(url, "") == "a signed URL needs the name of the service account that signs");
  url.headers.add("x-goog-meta-a", "b\r\nc");
  CHECK(refusal(url) == "a header of a signed URL holds a control character");
  url = simple();
  url.bucket.clear();
  CHECK(refusal(url) == "a signed URL needs a bucket");
  url.style = auth::BucketStyle::bucket_bound;
  CHECK(auth::draft_google_v4(url, kAccount, kNow));
}

TEST_CASE("a signature that cannot be had is the error") {
  const auto url = auth::sign_google_v4(simple(), kAccount, kNow, [](std::string_view) -> Result<std::string> {
    return core::unsupported("this identity signs nothing");
  });
  REQUIRE_FALSE(url);
  CHECK(url.error().message == "this identity signs nothing");
}

TEST_CASE("odd keys are encoded by the one URL encoder") {
  auth::GoogleV4Url url = simple();
  url.object = "a b+%2F?#&\xC3\xA9//x";
  url.host = "[::1]:8080";
  const auto draft = auth::draft_google_v4(url, kAccount, kNow).value();
  CHECK(auth::finish_google_v4(draft, "\xFF\x01")
            .starts_with("https://[::1]:8080/b/a%20b%2B%252F%3F%23%26%C3%A9//x?X-Goog-Algorithm="));
  CHECK(auth::finish_google_v4(draft, "\xFF\x01").ends_with("&X-Goog-Signature=ff01"));
  CHECK(draft.canonical_request.find("\nhost:[::1]\n") != std::string::npos);
}
