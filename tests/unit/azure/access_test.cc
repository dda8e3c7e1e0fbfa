#include "azure/credentials/access.h"

#include "surroundings.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using azure::BlobOptions;

namespace {

const char* const kKey = "Y2t0ZXN0LWFjY2Vzcy0x";  // cktest-access-1
const char* const kSas = "sv=2022-11-02&se=2030-01-01&sp=rl&sr=c&sig=cktest-access-2";

struct AccessFixture : FakeSurroundings {
  azure::BlobAccess access(const BlobOptions& options) {
    CHECK(azure::check_options(options));
    auto resolved = azure::resolve_access(options, surroundings());
    REQUIRE_MESSAGE(resolved, resolved.error().to_string());
    return *std::move(resolved);
  }
  Error error(const BlobOptions& options) { return error_of(azure::resolve_access(options, surroundings())); }
};

// The header that the signer makes of a request.
std::string authorization(const azure::BlobAccess& access) {
  http::Request request;
  request.path = access.endpoint.base_path + "/c/b";
  request.headers.add("x-ms-version", "2021-12-02");
  REQUIRE(access.signer->sign(request, core::parse_rfc3339("2026-11-23T01:00:00Z").value(), {}));
  return std::string(request.headers.get("Authorization"));
}

// Without anything read: what options alone get wrong.
std::string refused_at_once(const BlobOptions& options) {
  const auto checked = azure::check_options(options);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().to_string().find("cktest-") == std::string::npos);
  return checked.error().message;
}

class NoTokens final : public TokenSource {
 public:
  Result<AccessToken> get(const Context&) override { return AccessToken{"cktest-access-3", {}, "the test"}; }
};

}  // namespace

TEST_CASE("an account and its key are enough") {
  AccessFixture f;
  const auto access = f.access({.account = "reports", .account_key = kKey});
  CHECK(access.account == "reports");
  CHECK(access.endpoint.host == "reports.blob.core.windows.net");
  CHECK(access.endpoint.scheme == "https");
  CHECK(access.key != nullptr);
  CHECK(access.identity() == "the key of account \"reports\"");
  CHECK(authorization(access).starts_with("SharedKey reports:"));
}

TEST_CASE("the environment has account and key, and says so") {
  AccessFixture f;
  f.variables["AZURE_STORAGE_ACCOUNT"] = "reports";
  f.variables["AZURE_STORAGE_KEY"] = kKey;
  CHECK(f.access({}).identity() == "the key of account \"reports\", from AZURE_STORAGE_KEY");
  f.variables.erase("AZURE_STORAGE_KEY");
  f.variables["AZURE_STORAGE_SAS_TOKEN"] = kSas;
  const auto access = f.access({});
  CHECK(access.identity() ==
        "a shared access signature for rl until 2030-01-01T00:00:00Z, from AZURE_STORAGE_SAS_TOKEN");
  CHECK(access.sas != nullptr);
  CHECK(access.key == nullptr);
  CHECK(access.tokens == nullptr);
}

TEST_CASE("a connection string of the environment goes first") {
  AccessFixture f;
  f.variables["AZURE_STORAGE_CONNECTION_STRING"] = std::string("AccountName=reports;AccountKey=") + kKey;
  f.variables["AZURE_STORAGE_ACCOUNT"] = "other";
  f.variables["AZURE_STORAGE_KEY"] = "b3RoZXI=";
  const auto access = f.access({});
  CHECK(access.account == "reports");
  CHECK(access.identity() == "the key of account \"reports\", from AZURE_STORAGE_CONNECTION_STRING");
  CHECK(f.access({.account = "reports"}).account == "reports");
}

TEST_CASE("another account's secrets in the environment are not taken") {
  AccessFixture f;
  f.variables["AZURE_STORAGE_CONNECTION_STRING"] = std::string("AccountName=reports;AccountKey=") + kKey;
  f.variables["AZURE_STORAGE_ACCOUNT"] = "reports";
  f.variables["AZURE_STORAGE_KEY"] = kKey;
  f.variables["AZURE_TOKEN_CREDENTIALS"] = "EnvironmentCredential";
  for (const BlobOptions& options :
       {BlobOptions{.account = "other"}, BlobOptions{.endpoint = "https://other.blob.core.windows.net"}}) {
    const auto access = f.access(options);
    CHECK(access.account == "other");
    CHECK(access.key == nullptr);
    REQUIRE(access.tokens != nullptr);
    const auto error = error_of(access.tokens->get({}));
    CHECK(error.message.find("AZURE_STORAGE_KEY belongs to AZURE_STORAGE_ACCOUNT, which is another account.") !=
          std::string::npos);
  }
  // A key without an account belongs to whichever is asked for.
  f.variables.erase("AZURE_STORAGE_ACCOUNT");
  CHECK(f.access({.account = "other"}).identity() == "the key of account \"other\", from AZURE_STORAGE_KEY");
}

TEST_CASE("a connection string with a signature is of the account that its endpoint names") {
  AccessFixture f;
  const std::string signature = std::string(";SharedAccessSignature=") + kSas;
  f.variables["AZURE_STORAGE_CONNECTION_STRING"] = "BlobEndpoint=https://reports.blob.core.windows.net/" + signature;
  f.variables["AZURE_TOKEN_CREDENTIALS"] = "EnvironmentCredential";
  CHECK(f.access({}).account == "reports");
  CHECK(f.access({.account = "reports"}).sas != nullptr);
  const auto why_not = [&] {
    const auto access = f.access({.account = "other"});
    CHECK(access.endpoint.host == "other.blob.core.windows.net");
    CHECK(access.sas == nullptr);
    REQUIRE(access.tokens != nullptr);
    return error_of(access.tokens->get({})).message;
  };
  CHECK(why_not().find("AZURE_STORAGE_CONNECTION_STRING is of another account.") != std::string::npos);
  f.variables["AZURE_STORAGE_CONNECTION_STRING"] = "BlobEndpoint=https://blobs.example/" + signature;
  CHECK(why_not().find("AZURE_STORAGE_CONNECTION_STRING does not say of which account it is.") != std::string::npos);
  CHECK(f.access({}).endpoint.host == "blobs.example");  // The environment names host and secret itself.
}

TEST_CASE("no secret of the environment goes to a host that is neither Azure's nor this machine") {
  AccessFixture f;
  f.variables["AZURE_STORAGE_ACCOUNT"] = "reports";
  f.variables["AZURE_STORAGE_SAS_TOKEN"] = kSas;
  for (const char* host : {"reports.blob.evil.example", "reports.blob.core.windows.net.evil.example", "evil.example",
                           "10.0.0.1", "169.254.169.254", "azurite:10000"}) {
    BlobOptions options{.account = "reports", .endpoint = std::string("https://") + host};
    const auto error = f.error(options);
    CHECK(error.code == ErrorCode::unauthenticated);
    CHECK(error.message == "the endpoint " + std::string(host) +
                               " is neither Azure's nor on this machine, so no secrets of the environment are sent "
                               "there");
    CHECK(error.hint ==
          "give key, signature or tokens in BlobOptions, set BlobOptions::trust_endpoint, or name the endpoint in "
          "AZURE_STORAGE_CONNECTION_STRING instead");
    f.variables.erase("AZURE_STORAGE_SAS_TOKEN");  // Then it would be tokens.
    CHECK(f.error(options).message == error.message);
    f.variables["AZURE_STORAGE_SAS_TOKEN"] = kSas;
    options.trust_endpoint = true;
    CHECK(f.access(options).sas != nullptr);
    options.trust_endpoint = false;
    options.anonymous = true;
    CHECK(f.access(options).signer == nullptr);
    options.anonymous = false;
    options.tokens = std::make_shared<NoTokens>();
    CHECK(f.access(options).tokens == options.tokens);
  }
  for (const char* known :
       {"https://reports.blob.core.windows.net", "https://reports-secondary.blob.core.windows.net",
        "https://reports.blob.core.chinacloudapi.cn", "https://reports.blob.core.usgovcloudapi.net",
        "https://reports.z01.blob.storage.azure.net", "http://127.0.0.1:10000/reports", "https://localhost:1/reports"})
    CHECK_MESSAGE(f.access({.endpoint = known}).sas != nullptr, known);
}

TEST_CASE("what the program says goes before the environment") {
  AccessFixture f;
  f.variables["AZURE_STORAGE_CONNECTION_STRING"] = "AccountName=reports;AccountKey=b3RoZXI=";
  f.variables["AZURE_STORAGE_ACCOUNT"] = "reports";
  f.variables["AZURE_STORAGE_KEY"] = "b3RoZXI=";
  CHECK(f.access({.account = "mine", .sas_token = kSas}).sas != nullptr);
  const auto anonymous = f.access({.account = "mine", .anonymous = true});
  CHECK(anonymous.signer == nullptr);
  CHECK(anonymous.identity() == "");
  const auto tokens = f.access({.account = "mine", .tokens = std::make_shared<NoTokens>()});
  CHECK(tokens.identity() == "");
  CHECK(authorization(tokens) == "Bearer cktest-access-3");
  CHECK(tokens.identity() == "the test");
  // The account alone may come from there.
  CHECK(f.access({.tokens = std::make_shared<NoTokens>()}).account == "reports");
}

TEST_CASE("Azurite has its account in the path, and is signed for with it twice") {
  AccessFixture f;
  const auto access = f.access({.connection_string = "UseDevelopmentStorage=true"});
  CHECK(access.endpoint.scheme == "http");
  CHECK(access.endpoint.host == "127.0.0.1:10000");
  CHECK(access.endpoint.base_path == "/devstoreaccount1");
  CHECK(access.identity() == "the key of account \"devstoreaccount1\"");
  const auto named = f.access({.account = "mine", .endpoint = "http://localhost:10000", .account_key = kKey});
  CHECK(named.endpoint.base_path == "/mine");
  CHECK(f.access({.endpoint = "http://localhost:10000/mine", .account_key = kKey}).account == "mine");
  // Behind a path of its own a proxy may have any account.
  CHECK(f.access({.account = "mine", .endpoint = "https://localhost/base", .account_key = kKey}).account == "mine");
}

TEST_CASE("nobody says the account: the error says where to") {
  AccessFixture f;
  const auto error = f.error({});
  CHECK(error.code == ErrorCode::invalid_argument);
  CHECK(error.message == "no storage account is known");
  CHECK(error.hint ==
        "set BlobOptions::account, `?account=` in the URL, AZURE_STORAGE_ACCOUNT or AZURE_STORAGE_CONNECTION_STRING");
  CHECK(f.error({.endpoint = "https://blobs.example", .account_key = kKey}).message == "no storage account is known");
  // Who signs nothing by the account's key needs no name of it.
  CHECK(f.access({.endpoint = "https://blobs.example", .sas_token = kSas}).account == "");
}

TEST_CASE("a broken secret of the environment is named with where it stands") {
  AccessFixture f;
  f.variables["AZURE_STORAGE_ACCOUNT"] = "reports";
  f.variables["AZURE_STORAGE_KEY"] = "cktest-access-4";
  CHECK(f.error({}).message == "the account key is not base64 (configured in AZURE_STORAGE_KEY)");
  f.variables.erase("AZURE_STORAGE_KEY");
  f.variables["AZURE_STORAGE_SAS_TOKEN"] = "cktest-access-4";
  CHECK(f.error({}).message ==
        "the shared access signature has a part without a `=` (configured in AZURE_STORAGE_SAS_TOKEN)");
  f.variables["AZURE_STORAGE_CONNECTION_STRING"] = "AcountName=reports";
  CHECK(f.error({}).message ==
        "the connection string has the key \"AcountName\", which is not known (configured in "
        "AZURE_STORAGE_CONNECTION_STRING)");
}

TEST_CASE("options that contradict each other are refused before anything is read") {
  CHECK(refused_at_once({.account_key = kKey, .anonymous = true}) == "BlobOptions has both anonymous and account_key");
  CHECK(refused_at_once({.account_key = kKey, .sas_token = kSas}) == "BlobOptions has both account_key and sas_token");
  CHECK(refused_at_once({.connection_string = "UseDevelopmentStorage=true", .anonymous = true}) ==
        "BlobOptions has both anonymous and connection_string");
  CHECK(refused_at_once({.endpoint = "https://x.example", .connection_string = "UseDevelopmentStorage=true"}) ==
        "BlobOptions has both connection_string and endpoint");
  CHECK(refused_at_once({.account = "a1b", .connection_string = "AccountName=a2b"}) ==
        "BlobOptions has an account and a connection_string of another one");
  CHECK(refused_at_once({.account = "a1b", .endpoint = "https://a2b.blob.core.windows.net"}) ==
        "the endpoint is of the account \"a2b\", but \"a1b\" is asked for");
}

TEST_CASE("options that cannot be are refused before anything is read") {
  CHECK(refused_at_once({.account = "Reports"}) == "the account \"Reports\" is none of Azure Storage");
  CHECK(refused_at_once({.account = "a/b", .endpoint = "https://x.example"}) == "the account \"a/b\" is not a name");
  CHECK(refused_at_once({.account_key = "cktest-access-4"}) == "the account key is not base64");
  CHECK(refused_at_once({.sas_token = "cktest-access-4"}) == "the shared access signature has a part without a `=`");
  CHECK(refused_at_once({.connection_string = "cktest-access-4"}) ==
        "the connection string has a part that is not KEY=VALUE");
  CHECK(refused_at_once({.endpoint = "http://blobs.example"})
            .ends_with("would send credentials and data unencrypted to another machine"));
  CHECK(azure::check_options({.endpoint = "http://blobs.example", .allow_http = true}));
  CHECK(azure::check_options({.endpoint = "https://blobs.example", .account_key = kKey}));  // The account may come.
  CHECK(azure::check_options({}));
}

TEST_CASE("an access is made at the first call, and again after an error") {
  AccessFixture f;
  azure::LazyBlobAccess lazy({}, f.surroundings());
  CHECK_FALSE(lazy.get());
  f.variables["AZURE_STORAGE_ACCOUNT"] = "reports";
  f.variables["AZURE_STORAGE_KEY"] = kKey;
  const auto first = lazy.get();
  REQUIRE(first);
  CHECK((*first)->account == "reports");
  f.variables["AZURE_STORAGE_ACCOUNT"] = "other";
  CHECK(*lazy.get() == *first);
}
