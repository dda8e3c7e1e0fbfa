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
  Result<gcp::Signature> sign(Bytes, const Context&) override { return gcp::Signature{"robot@p.test", "signed", true}; }
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
