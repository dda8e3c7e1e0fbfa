#include "azure/credentials/connection_string.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>

using namespace cloudkit;
using azure::parse_connection_string;

namespace {

Error refused(const std::string& text) {
  const auto parsed = parse_connection_string(text);
  REQUIRE_FALSE_MESSAGE(parsed, text);
  CHECK(parsed.error().code == ErrorCode::invalid_argument);
  CHECK(parsed.error().to_string().find("cktest-") == std::string::npos);
  return parsed.error();
}

}  // namespace

TEST_CASE("the portal's connection string names account, key and endpoint") {
  const auto parsed = parse_connection_string(
      "DefaultEndpointsProtocol=https;AccountName=reports;AccountKey=a2V5PT0=;EndpointSuffix=core.windows.net");
  REQUIRE(parsed);
  CHECK(parsed->account == "reports");
  CHECK(parsed->account_key == "a2V5PT0=");  // With its `=`.
  CHECK(parsed->endpoint() == "https://reports.blob.core.windows.net");
}

TEST_CASE("keys count without case, blanks and empty parts do not") {
  const auto parsed = parse_connection_string(" accountname = reports ;; ACCOUNTKEY=a2V5;\n");
  REQUIRE(parsed);
  CHECK(parsed->account == "reports");
  CHECK(parsed->account_key == "a2V5");
}

TEST_CASE("an endpoint of its own goes before suffix and protocol") {
  CHECK(parse_connection_string("BlobEndpoint=https://blobs.example/;AccountName=a1b;EndpointSuffix=x.example")
            ->endpoint() == "https://blobs.example/");
  CHECK(parse_connection_string("AccountName=a1b;EndpointSuffix=core.chinacloudapi.cn")->endpoint() ==
        "https://a1b.blob.core.chinacloudapi.cn");
  CHECK(parse_connection_string("DefaultEndpointsProtocol=http;AccountName=a1b")->endpoint() ==
        "http://a1b.blob.core.windows.net");
}

TEST_CASE("a shared access signature comes with an endpoint, as the portal writes it") {
  const auto parsed = parse_connection_string(
      "BlobEndpoint=https://a1b.blob.core.windows.net/;QueueEndpoint=https://a1b.queue.core.windows.net/;"
      "SharedAccessSignature=sv=2022-11-02&ss=b&sig=abc%3D");
  REQUIRE(parsed);
  CHECK(parsed->sas_token == "sv=2022-11-02&ss=b&sig=abc%3D");
  CHECK(parsed->account.empty());
}

TEST_CASE("development storage is Azurite's account") {
  const auto here = parse_connection_string("UseDevelopmentStorage=true");
  REQUIRE(here);
  CHECK(here->account == "devstoreaccount1");
  CHECK(here->endpoint() == "http://127.0.0.1:10000/devstoreaccount1");
  CHECK(here->account_key.starts_with("Eby8vdM02x"));
  CHECK(parse_connection_string("UseDevelopmentStorage=TRUE;DevelopmentStorageProxyUri=http://azurite/")->endpoint() ==
        "http://azurite:10000/devstoreaccount1");
}

TEST_CASE("a typo is named") {
  const auto typo = refused("AcountName=reports;AccountKey=cktest-connection-1");
  CHECK(typo.message == "the connection string has the key \"AcountName\", which is not known");
  CHECK(typo.hint == "did you mean AccountName?");
  CHECK(refused("AccountName=a1b;SharedAccesSignature=cktest-connection-1").hint ==
        "did you mean SharedAccessSignature?");
  CHECK(refused("AccountName=a1b;Region=cktest-connection-1").hint.starts_with("known are AccountName, AccountKey, "));
}

TEST_CASE("what is missing, or cannot be, is named without any value") {
  const std::pair<const char*, const char*> cases[] = {
      {"", "is empty"},
      {" ", "is empty"},
      {"cktest-connection-2", "has a part that is not KEY=VALUE"},
      {"AccountName=a1b;cktest-connection-2", "has a part that is not KEY=VALUE"},
      // A key that was cut from its name.
      {"AccountName=a1b;cktest-connection-2-of-more-than-thirty-two-letters==", "has a part that is not KEY=VALUE"},
      {"=cktest-connection-2", "has a part that is not KEY=VALUE"},
      {"AccountName=", "has an empty AccountName"},
      {"AccountName=a1b;accountname=a2b", "has AccountName twice"},
      {"AccountKey=cktest-connection-2", "has neither AccountName nor BlobEndpoint"},
      {"BlobEndpoint=https://x.example;AccountKey=cktest-connection-2", "has AccountKey without AccountName"},
      {"AccountName=a1b;AccountKey=cktest-connection-2;SharedAccessSignature=cktest-connection-3",
       "has both AccountKey and SharedAccessSignature"},
      {"AccountName=a1b;DefaultEndpointsProtocol=ftp", "has a DefaultEndpointsProtocol that is neither https nor http"},
      {"AccountName=a\nb", "has a control character in AccountName"},
      {"UseDevelopmentStorage=false", "has a UseDevelopmentStorage that is not true"},
      {"UseDevelopmentStorage=true;AccountName=a1b", "has UseDevelopmentStorage beside an account of its own"},
      {"AccountName=a1b;DevelopmentStorageProxyUri=http://x",
       "has DevelopmentStorageProxyUri without UseDevelopmentStorage=true"},
  };
  for (const auto& row : cases) CHECK(refused(row.first).message == std::string("the connection string ") + row.second);
}
