#include "fixture.h"
#include "support/findings.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::testing;

// What `doctor` tells of az://.
namespace {

std::string diagnosis(azure::BlobOptions options, std::vector<http::Header> headers = {}) {
  BlobFixture fixture(std::move(options));
  fixture.transport->then(reply(400, std::move(headers)), 2);
  const std::string text = ::test::text_of(fixture.store->diagnose("reports", {}));
  for (const http::Request& request : fixture.transport->sent()) CHECK(request.query.empty());  // Of a signature, too.
  return text;
}

struct OneToken final : TokenSource {
  explicit OneToken(Result<AccessToken> one) : token(std::move(one)) {}
  Result<AccessToken> get(const Context&) override { return token; }
  const Result<AccessToken> token;
};

azure::BlobOptions showing(Result<AccessToken> token) {
  azure::BlobOptions options;
  options.account = "acc";
  options.tokens = std::make_shared<OneToken>(std::move(token));
  return options;
}

}  // namespace

TEST_CASE("who asks an account of Azure, and where") {
  CHECK(diagnosis(BlobFixture::with_key(), {{"date", "Thu, 26 Nov 2026 00:00:00 GMT"}}) ==
        "credentials: ok the key of account \"acc\"\n"
        "account: ok acc\n"
        "endpoint: ok https://acc.blob.core.windows.net, where Azure has such accounts\n"
        "clock: ok in step with the service's\n");
  const std::string token = diagnosis(showing(AccessToken{
      "cktest-token-51", std::chrono::sys_days{std::chrono::year{2026} / 11 / 27}, "the managed identity"}));
  CHECK(token.find("credentials: ok a token of the managed identity, valid until 2026-11-27T00:00:00Z\n") == 0);
  CHECK(token.find("cktest") == std::string::npos);
}

TEST_CASE("what is wrong with the way to Azure is told, with what to do") {
  const std::string refused =
      diagnosis(showing(Error(ErrorCode::unauthenticated, "no credentials found.", "az login")));
  CHECK(refused.find("credentials: fail unauthenticated: no credentials found.\n  az login\n") == 0);
  azure::BlobOptions expired;
  expired.account = "acc";
  expired.sas_token = "sv=2024-11-04&sp=r&sr=c&se=2026-11-01T00%3A00%3A00Z&sig=cktest-sig-52";
  const std::string text = diagnosis(expired, {{"date", "Wed, 25 Nov 2026 23:30:00 GMT"}});
  CHECK(text.find("credentials: fail unauthenticated: ") == 0);
  CHECK(text.find("cktest") == std::string::npos);
  CHECK(text.find("clock: warn 30 min 0 s ahead of the service's; cloudkit signs with the service's time\n") !=
        std::string::npos);
  azure::BlobOptions anonymous;
  anonymous.account = "acc";
  anonymous.anonymous = true;
  CHECK(diagnosis(anonymous).find("credentials: ok none: requests are anonymous, as was asked for\n") == 0);
}

TEST_CASE("an account that nobody named is the doctor's first finding") {
  BlobFixture fixture(azure::BlobOptions{});
  const auto findings = fixture.store->diagnose("reports", {});
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].topic == "configuration");
  CHECK(findings[0].hint.find("AZURE_STORAGE_ACCOUNT") != std::string::npos);
}
