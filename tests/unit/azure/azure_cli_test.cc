#include "azure/credentials/lookup.h"
#include "support/programs.h"
#include "surroundings.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

using namespace cloudkit;

namespace {

// A machine whose `az` is the test's own; what the script needs is in /bin.
struct AzureCliFixture : FakeSurroundings, ::test::Programs {
  const std::string path = std::getenv("PATH");

  AzureCliFixture() { ::setenv("PATH", (directory() + ":/usr/bin:/bin").c_str(), 1); }
  ~AzureCliFixture() { ::setenv("PATH", path.c_str(), 1); }
  AzureCliFixture(const AzureCliFixture&) = delete;
  AzureCliFixture& operator=(const AzureCliFixture&) = delete;

  void prints(const std::string& text) {
    file("text", text, std::filesystem::perms::owner_all);
    script("az", "printf '%s\\n' \"$@\" > arguments; cat text");
  }
  Result<azure::TokenLookup> look(const std::string& tenant = {}, const Context& context = {}) {
    return azure::look_in_azure_cli(tenant, azure::kStorageResource, surroundings(), context);
  }
};

}  // namespace

TEST_CASE("the login of az login is a token") {
  AzureCliFixture f;
  f.prints(R"({"accessToken":"cktest-cli-1","expiresOn":"2026-11-23 02:00:00.000000","expires_on":1795399200,)"
           R"("subscription":"s","tenant":"t","tokenType":"Bearer"})");
  const auto found = f.look();
  REQUIRE_MESSAGE(found, found.error().to_string());
  REQUIRE_MESSAGE(found->token, found->reason);
  CHECK(found->token->value == "cktest-cli-1");
  CHECK(found->token->expires == f.time + std::chrono::hours(1));
  CHECK(found->token->source == "the Azure CLI");
  CHECK(f.read("arguments") == "account\nget-access-token\n--output\njson\n--resource\nhttps://storage.azure.com\n");
}

TEST_CASE("a tenant is passed on, and nothing that is none") {
  AzureCliFixture f;
  f.prints(R"({"accessToken":"cktest-cli-2"})");
  const auto found = f.look("contoso.example");
  REQUIRE(found);
  CHECK_FALSE(found->token->expires);  // As older programs say it: good until refused.
  CHECK(f.read("arguments").ends_with("--tenant\ncontoso.example\n"));
  for (const char* wrong : {"--debug", "a b", "$(id)", "a;b"}) {
    CHECK(error_of(f.look(wrong)).code == ErrorCode::invalid_argument);
  }
}

TEST_CASE("no program, and no login, are reasons") {
  AzureCliFixture f;
  ::setenv("PATH", f.directory().c_str(), 1);
  CHECK(f.look().value().reason == "`az` is not installed, or not on PATH");
  ::setenv("PATH", (f.directory() + ":/usr/bin:/bin").c_str(), 1);
  f.script("az", "echo cktest-cli-3; echo \"Please run 'az login'\" >&2; exit 1");
  CHECK(f.look().value().reason == "`az account get-access-token` exited with 1: run `az login`");
}

TEST_CASE("what is no token is an error that shows nothing of it") {
  AzureCliFixture f;
  for (const char* text : {"", "cktest-cli-4", "{}", R"({"accessToken":""})", R"({"accessToken":"cktest-cli-4\n"})",
                           R"({"accessToken":"cktest-cli-4","expires_on":1795395600})"}) {
    f.prints(text);
    const Error error = error_of(f.look());
    CHECK_MESSAGE(error.code == ErrorCode::unauthenticated, text);
    CHECK(error.message.starts_with("what `az` printed for a token is none: "));
    CHECK(error.hint == "run `az account get-access-token` by hand to see what it says");
  }
}

TEST_CASE("one that hangs is ended by the caller's deadline") {
  AzureCliFixture f;
  f.script("az", "sleep 60");
  const Error error = error_of(f.look({}, Context::with_timeout(std::chrono::milliseconds(50))));
  CHECK(error.code == ErrorCode::timeout);
  CHECK(error.message.starts_with("the Azure CLI: "));
}
