#include "azure/credentials/account_endpoint.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>

using namespace cloudkit;

TEST_CASE("an endpoint names its account by its host, or by its path where the host has no names below it") {
  const std::pair<const char*, const char*> cases[] = {
      {"https://reports.blob.core.windows.net", "reports"},
      {"https://reports-secondary.blob.core.windows.net", "reports"},
      {"https://reports.blob.core.usgovcloudapi.net:443", "reports"},
      {"https://reports.z01.blob.storage.azure.net", "reports"},
      {"https://reports.privatelink.blob.core.windows.net", "reports"},
      {"http://127.0.0.1:10000/devstoreaccount1", "devstoreaccount1"},
      {"http://localhost:10000/mine/deeper", "mine"},
      {"https://azurite:10000/devstoreaccount1", "devstoreaccount1"},
      {"https://[::1]:10000/devstoreaccount1", "devstoreaccount1"},
      {"http://127.0.0.1:10000", ""},
      {"https://reports.blob.core.chinacloudapi.cn", "reports"},
      {"https://reports.blob.evil.example", ""},
      {"https://reports.blob.core.windows.net.evil.example", ""},
      {"https://reports.blob.evilcore.windows.net", ""},
      {"https://blobs.example/base", ""},
      {"https://blobs.example", ""},
  };
  for (const auto& row : cases) {
    CHECK_MESSAGE(azure::account_of(http::parse_endpoint(row.first, true).value()) == row.second, row.first);
  }
}

TEST_CASE("an account's own endpoint is in the public cloud") {
  const auto endpoint = azure::endpoint_of("reports2026");
  REQUIRE(endpoint);
  CHECK(endpoint->scheme == "https");
  CHECK(endpoint->host == "reports2026.blob.core.windows.net");
  for (const char* none : {"", "ab", "Reports", "re-ports", "evil.example/", "abcdefghijklmnopqrstuvwxy"}) {
    const auto refused = azure::endpoint_of(none);
    REQUIRE_FALSE_MESSAGE(refused, none);
    CHECK(refused.error().message == "the account \"" + std::string(none) + "\" is none of Azure Storage");
    CHECK(refused.error().hint == "an account of Azure Storage has 3 to 24 lower-case letters and digits");
  }
}

TEST_CASE("a key in the place of the account is not shown") {
  const std::string key = "cktest-key-41" + std::string(75, 'x');
  CHECK(azure::check_account(key).error().message == "the account of 88 characters is not a name");
  CHECK(azure::endpoint_of(key).error().message == "the account of 88 characters is none of Azure Storage");
}

TEST_CASE("a machine gets the account into its path, where nothing is there yet") {
  const auto named = [](const char* url) {
    auto endpoint = http::parse_endpoint(url, true).value();
    azure::name_account(endpoint, "acc");
    return endpoint.base_path;
  };
  CHECK(named("http://127.0.0.1:10000") == "/acc");
  CHECK(named("http://localhost:10000/other") == "/other");
  CHECK(named("https://acc.blob.core.windows.net") == "");
}
