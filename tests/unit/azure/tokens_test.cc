#include "azure/credentials/tokens.h"

#include "azure/credentials/access.h"
#include "core/form.h"
#include "surroundings.h"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace cloudkit;

namespace {

struct TokensFixture : FakeSurroundings {
  // The program `az` is not part of a test's own machine.
  TokensFixture() { variables["AZURE_TOKEN_CREDENTIALS"] = "prod"; }

  Result<AccessToken> get() { return azure::make_default_tokens(surroundings())->get({}); }
  void application() {
    variables["AZURE_TENANT_ID"] = "tenant-1";
    variables["AZURE_CLIENT_ID"] = "client-1";
    variables["AZURE_CLIENT_SECRET"] = "cktest-tokens-1";
  }
};

}  // namespace

TEST_CASE("an application of the environment goes first") {
  TokensFixture f;
  f.application();
  f.variables["AZURE_FEDERATED_TOKEN_FILE"] = "/var/token";
  f.services->then(dated(200, token_reply("cktest-tokens-2")));
  const auto token = f.get();
  REQUIRE(token);
  CHECK(token->value == "cktest-tokens-2");
  CHECK(token->source == "the application client-1, from AZURE_CLIENT_SECRET");
  CHECK(f.metadata->sent().empty());
}

TEST_CASE("then a workload identity, then a managed one") {
  TokensFixture f;
  f.variables["AZURE_TENANT_ID"] = "tenant-1";
  f.variables["AZURE_CLIENT_ID"] = "client-1";
  f.variables["AZURE_FEDERATED_TOKEN_FILE"] = "/var/token";
  f.files["/var/token"] = "cktest-tokens-3";
  f.services->then(dated(200, token_reply("cktest-tokens-4")));
  CHECK(f.get().value().source == "the workload identity client-1, from AZURE_FEDERATED_TOKEN_FILE");

  f.variables.erase("AZURE_FEDERATED_TOKEN_FILE");
  f.metadata->then(dated(200, token_reply("cktest-tokens-5")));
  CHECK(f.get().value().source == "the machine's managed identity");
  // Its client id names which.
  CHECK(f.metadata->sent().at(0).query.back() == std::pair<std::string, std::string>("client_id", "client-1"));
}

TEST_CASE("variables that are set by half are an error, and no other place is looked at") {
  TokensFixture f;
  f.application();
  f.variables.erase("AZURE_TENANT_ID");
  const Error tenant = error_of(f.get());
  CHECK(tenant.code == ErrorCode::unauthenticated);
  CHECK(tenant.message == "AZURE_CLIENT_SECRET is set, but AZURE_TENANT_ID is not");
  CHECK(tenant.hint == "set AZURE_CLIENT_SECRET, AZURE_TENANT_ID and AZURE_CLIENT_ID, or none of them");

  f.variables = {{"AZURE_TENANT_ID", "t"}, {"AZURE_FEDERATED_TOKEN_FILE", "/var/token"}};
  CHECK(error_of(f.get()).message == "AZURE_FEDERATED_TOKEN_FILE is set, but AZURE_CLIENT_ID is not");

  f.variables = {{"AZURE_TENANT_ID", "t"},
                 {"AZURE_CLIENT_ID", "c"},
                 {"AZURE_CLIENT_CERTIFICATE_PATH", "/app.pem"},
                 {"AZURE_CLIENT_CERTIFICATE_PASSWORD", "cktest-tokens-6"}};
  const Error password = error_of(f.get());
  CHECK(password.code == ErrorCode::unsupported);
  CHECK(password.message == "AZURE_CLIENT_CERTIFICATE_PASSWORD is set, and cloudkit reads no encrypted keys");
  f.variables.erase("AZURE_CLIENT_CERTIFICATE_PASSWORD");
  CHECK(error_of(f.get()).message == "the certificate /app.pem does not exist");
  CHECK(f.metadata->sent().empty());
}

TEST_CASE("a place that is broken ends the search") {
  TokensFixture f;
  f.application();
  f.services->then(dated(401, entra_error("invalid_client", "AADSTS7000222: The secret is expired.")));
  CHECK(error_of(f.get()).service_code == "AADSTS7000222");
  CHECK(f.metadata->sent().empty());
}

TEST_CASE("no credentials: each place says why it had none") {
  TokensFixture f;
  f.metadata->then(unreachable(), 2);
  const Error error = error_of(f.get());
  CHECK(error.code == ErrorCode::unauthenticated);
  CHECK(error.message ==
        "no credentials found. Environment: neither AZURE_CLIENT_SECRET nor AZURE_CLIENT_CERTIFICATE_PATH is set. "
        "Workload identity: AZURE_FEDERATED_TOKEN_FILE is not set. Managed identity: not on Azure: connection reset. "
        "Azure CLI: not looked at, as AZURE_TOKEN_CREDENTIALS says \"prod\".");
  CHECK(error.hint == "set AZURE_STORAGE_KEY or AZURE_STORAGE_CONNECTION_STRING, or run `az login`");

  const auto access = azure::resolve_access({.account = "reports"}, f.surroundings());
  REQUIRE(access);
  CHECK(error_of(access->tokens->get({}))
            .message.starts_with("no credentials found. AZURE_STORAGE_CONNECTION_STRING is not set. AZURE_STORAGE_KEY "
                                 "is not set. AZURE_STORAGE_SAS_TOKEN is not set. Environment: "));
}

TEST_CASE("a renewal asks as who asked before, and says so where that place has nothing more") {
  TokensFixture f;
  f.metadata->then(dated(200, token_reply("cktest-tokens-20")));
  const auto tokens = azure::make_default_tokens(f.surroundings());
  REQUIRE(tokens->get({}));
  f.time += std::chrono::hours(2);
  // An application that would go first, had the search begun anew, and places behind it.
  f.application();
  f.variables.erase("AZURE_TOKEN_CREDENTIALS");
  f.metadata->then(unreachable());
  const Error silent = error_of(tokens->get({}));
  CHECK(silent.code == ErrorCode::unavailable);
  CHECK(silent.message == "Managed identity, which had a token before: not on Azure: connection reset");
  CHECK(silent.hint == "who asks does not change by itself: open the store again to look at all places");
  f.time += std::chrono::hours(2);
  f.metadata->then(dated(400, R"({"error":"invalid_request","error_description":"Identity not found"})"));
  CHECK(error_of(tokens->get({})).code == ErrorCode::unauthenticated);
  f.time += std::chrono::hours(2);
  f.metadata->then(dated(200, token_reply("cktest-tokens-21")));
  CHECK(tokens->get({}).value().value == "cktest-tokens-21");
  CHECK(f.services->sent().empty());
}

TEST_CASE("AZURE_TOKEN_CREDENTIALS leaves one place") {
  TokensFixture f;
  f.application();
  f.variables["AZURE_TOKEN_CREDENTIALS"] = "managedidentitycredential";
  f.metadata->then(dated(200, token_reply("t")));
  CHECK(f.get().value().source == "the machine's managed identity");
  CHECK(f.services->sent().empty());
}

TEST_CASE("many threads ask once, and once again when the token ends") {
  TokensFixture f;
  f.application();
  std::atomic<int> asked = 0;
  f.services = std::make_shared<testing::ScriptedTransport>(
      [&](const http::Request& request, http::BodyReceiver* receiver, const Context& context) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return dated(200, token_reply("cktest-tokens-" + std::to_string(10 + ++asked)))(request, receiver, context);
      });
  const auto tokens = azure::make_default_tokens(f.surroundings());
  const auto all = [&](const std::string& expected) {
    std::atomic<int> right = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        const auto token = tokens->get({});
        if (token && token->value == expected) ++right;
      });
    }
    for (std::thread& thread : threads) thread.join();
    return right.load();
  };
  CHECK(all("cktest-tokens-11") == 8);
  CHECK(asked == 1);
  f.time += std::chrono::hours(2);
  CHECK(all("cktest-tokens-12") == 8);
  CHECK(asked == 2);
  // Refused, as by a change of roles.
  tokens->invalidate({"cktest-tokens-12", {}, {}});
  CHECK(all("cktest-tokens-13") == 8);
  CHECK(asked == 3);
}

TEST_CASE("what a program names itself is asked alone") {
  TokensFixture f;
  f.application();
  f.services->then(dated(200, token_reply("cktest-tokens-20")), 2);
  const auto secret =
      azure::make_client_secret({.tenant = "t2", .client_id = "c2", .secret = "cktest-tokens-7"}, f.surroundings());
  CHECK(f.services->sent().empty());  // Not before the first call.
  CHECK(secret->get({}).value().source == "the application c2");
  CHECK(f.services->sent().at(0).path == "/t2/oauth2/v2.0/token");

  f.files["/var/token"] = "cktest-tokens-8";
  const auto workload =
      azure::make_workload_identity({.tenant = "t3", .client_id = "c3", .token_file = "/var/token"}, f.surroundings());
  CHECK(workload->get({}).value().source == "the workload identity c3");

  const auto certificate =
      azure::make_client_certificate({.tenant = "t", .client_id = "c", .certificate_file = "/none"}, f.surroundings());
  CHECK(error_of(certificate->get({})).message == "the certificate /none does not exist");

  f.metadata->then(unreachable()).then(dated(200, token_reply("cktest-tokens-21")));
  const auto managed =
      azure::make_managed_identity({.client_id = "c4", .resource = "https://vault.azure.net"}, f.surroundings());
  const Error none = error_of(managed->get({}));
  CHECK(none.code == ErrorCode::unauthenticated);
  CHECK(none.message == "the managed identity: not on Azure: connection reset");
  CHECK(managed->get({}).value().value == "cktest-tokens-21");
  CHECK(f.metadata->sent().at(1).query.at(1).second == "https://vault.azure.net");
}

TEST_CASE_FIXTURE(TokensFixture, "what is made does no I/O") {
  application();
  const auto made = {azure::make_default_tokens(surroundings()),
                     azure::make_client_secret({}, surroundings()),
                     azure::make_client_certificate({.certificate_file = "key.pem"}, surroundings()),
                     azure::make_workload_identity({.token_file = "token"}, surroundings()),
                     azure::make_managed_identity({}, surroundings()),
                     azure::make_azure_cli({}, surroundings())};
  for (const auto& one : made) CHECK(one != nullptr);
  for (const auto& one : {azure::default_tokens(), azure::client_secret({}), azure::client_certificate({}),
                          azure::workload_identity({}), azure::managed_identity(), azure::azure_cli()}) {
    CHECK(one != nullptr);
  }
  CHECK(reads == 0);
  CHECK(services->sent().empty());
  CHECK(metadata->sent().empty());
  CHECK(error_of(azure::client_secret({})->get({})).message == "an application needs a tenant");
}
