#include "core/encode.h"
#include "crypto/digest.h"
#include "fixture.h"
#include "gcp/credentials/identities.h"
#include "support/rsa_test_key.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace cloudkit;
using namespace cloudkit::testing;
using namespace std::chrono_literals;

namespace {

// A service account for which Google signs.
class SignedByGoogle final : public gcp::Identity {
 public:
  Result<AccessToken> get(const Context&) override { return AccessToken{"cktest-token-1", std::nullopt, "the test"}; }
  void invalidate(const AccessToken&) override {}
  Result<std::string> account(const Context&) override { return std::string("robot@p.test"); }
  Result<gcp::Signature> sign(Bytes bytes, const Context&) override {
    text = bytes.view();
    return gcp::Signature{"robot@p.test", "signed", true};
  }
  std::string text;
};

std::shared_ptr<gcp::Identity> with_key_file() {
  return gcp::identity_from_json(nlohmann::json{{"type", "service_account"},
                                                {"private_key", ::test::private_pem(::test::rsa_test_key().get())},
                                                {"client_email", "robot@p.test"}}
                                     .dump());
}

Result<std::string> presign(std::shared_ptr<gcp::Identity> identity, std::chrono::seconds expires) {
  gcp::GcsOptions options;
  options.identity = std::move(identity);
  PresignOptions how;
  how.expires = expires;
  return Fixture(std::move(options)).bucket->presign("k", how);
}

}  // namespace

TEST_CASE("a URL that Google signs lasts for 12 hours at most, since its keys change") {
  const auto identity = std::make_shared<SignedByGoogle>();
  const auto url = presign(identity, 12h);
  REQUIRE(url);
  CHECK(url->find("X-Goog-Expires=43200&") != std::string::npos);
  for (const std::chrono::seconds expires : {std::chrono::seconds(12h) + 1s, std::chrono::seconds(7 * 24h)}) {
    const auto error = presign(identity, expires).error();
    CHECK(error.code == ErrorCode::unsupported);
    CHECK(error.message ==
          "Google signs for robot@p.test with keys that it changes: such a URL lasts for 12 hours at most");
    CHECK(error.hint == "ask for at most 12 hours, or sign with a service account's own key, from its file");
  }
}

TEST_CASE("a URL that the key of a file signs lasts for 7 days") {
  const auto url = presign(with_key_file(), 7 * 24h);
  REQUIRE_MESSAGE(url, url.error().to_string());
  CHECK(url->find("X-Goog-Expires=604800&") != std::string::npos);
}

TEST_CASE("type and disposition of the reply, and the generation, are signed") {
  const auto identity = std::make_shared<SignedByGoogle>();
  gcp::GcsOptions options;
  options.identity = identity;
  PresignOptions how;
  how.response = {.type = "application/pdf", .disposition = "attachment; filename=\"a b.pdf\""};
  how.version_id = "1700000000000001";
  const auto url = Fixture(std::move(options)).bucket->presign("k", how);
  REQUIRE_MESSAGE(url, url.error().to_string());
  const std::string query =
      "X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=robot%40p.test%2F20260101%2Fauto%2Fstorage%2Fgoog4_request"
      "&X-Goog-Date=20260101T000000Z&X-Goog-Expires=900&X-Goog-SignedHeaders=host&generation=1700000000000001"
      "&response-content-disposition=attachment%3B%20filename%3D%22a%20b.pdf%22"
      "&response-content-type=application%2Fpdf";
  CHECK(*url == "https://storage.googleapis.com/reports/k?" + query + "&X-Goog-Signature=7369676e6564");
  const std::string canonical = "GET\n/reports/k\n" + query + "\nhost:storage.googleapis.com\n\nhost\nUNSIGNED-PAYLOAD";
  CHECK(identity->text == "GOOG4-RSA-SHA256\n20260101T000000Z\n20260101/auto/storage/goog4_request\n" +
                              core::hex_encode(crypto::sha256(canonical)));
}

TEST_CASE("other headers of the reply, and those of HEAD, are not left out in silence") {
  const auto identity = std::make_shared<SignedByGoogle>();
  gcp::GcsOptions options;
  options.identity = identity;
  const Fixture fixture(std::move(options));
  for (const ContentHeaders& response : {ContentHeaders{.cache_control = "no-store"},
                                         ContentHeaders{.encoding = "gzip"}, ContentHeaders{.language = "de"}}) {
    const auto error = fixture.bucket->presign("k", {.response = response}).error();
    CHECK(error.code == ErrorCode::unsupported);
    CHECK(error.message == "Cloud Storage replaces the type and the disposition of a reply, and no other header");
    CHECK(error.hint == "set the others with the object: Bucket::set_metadata");
  }
  const auto head =
      fixture.bucket->presign("k", {.method = PresignMethod::head, .response = {.disposition = "inline"}}).error();
  CHECK(head.code == ErrorCode::unsupported);
  CHECK(head.message == "Cloud Storage replaces headers of the reply to GET only");
  CHECK(head.hint == "leave PresignOptions::response out");
  const auto version = fixture.bucket->presign("k", {.version_id = "v1"}).error();
  CHECK(version.code == ErrorCode::invalid_argument);
  CHECK(version.message == "the version is not one of this store");
  CHECK(identity->text.empty());
  CHECK(fixture.transport->sent().empty());
}
