#include "azure/credentials/entra.h"

#include "core/encode.h"
#include "core/form.h"
#include "crypto/digest.h"
#include "support/rsa_test_key.h"
#include "surroundings.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <openssl/x509.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

using namespace cloudkit;
using nlohmann::json;

namespace {

const azure::Application kApplication = {"tenant-1", "client-1", {}, {}};

std::string value_in(const http::Query& form, std::string_view name) {
  const auto found = std::find_if(form.begin(), form.end(), [&](const auto& item) { return item.first == name; });
  return found == form.end() ? "(none)" : found->second;
}

struct EntraFixture : FakeSurroundings {
  std::vector<http::Query> forms = {};

  // Bodies are views, so they are read while they are there.
  EntraFixture& answers(testing::ScriptedTransport::Step step) {
    services->then([this, step](const http::Request& request, http::BodyReceiver* receiver, const Context& context) {
      forms.push_back(core::parse_form(request.body.view()));
      return step(request, receiver, context);
    });
    return *this;
  }
  Result<AccessToken> by_secret(const azure::Application& application = kApplication) {
    return azure::fetch_by_secret(application, "cktest-entra-1", surroundings(), {});
  }
  Error refused(int status, const std::string& error, const std::string& description) {
    return error_of(answers(dated(status, entra_error(error, description))).by_secret());
  }
};

// A certificate of the test key, as PEM and as DER.
std::pair<std::string, std::string> certificate() {
  const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_set_pubkey(made.get(), ::test::rsa_test_key().get());
  X509_sign(made.get(), ::test::rsa_test_key().get(), EVP_sha256());
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(made.get(), &bytes);
  const std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  const std::string base64 = core::base64_encode(der);
  std::string pem = "-----BEGIN CERTIFICATE-----\n";
  for (std::size_t i = 0; i < base64.size(); i += 64) pem += base64.substr(i, 64) + "\r\n";
  return {pem + "-----END CERTIFICATE-----\n", der};
}

}  // namespace

TEST_CASE("an application with its secret is given a token of Azure Storage") {
  EntraFixture f;
  f.answers(dated(200, token_reply("cktest-token-1")));
  const auto token = f.by_secret();
  REQUIRE(token);
  CHECK(token->value == "cktest-token-1");
  CHECK(token->expires == f.time + std::chrono::seconds(3599));
  CHECK(token->source == "the application client-1");
  const auto sent = f.services->sent().at(0);
  CHECK(http::redacted_url(sent) == "https://login.microsoftonline.com/tenant-1/oauth2/v2.0/token");
  CHECK(sent.method == http::Method::post);
  CHECK(value_in(f.forms.at(0), "grant_type") == "client_credentials");
  CHECK(value_in(f.forms.at(0), "client_id") == "client-1");
  CHECK(value_in(f.forms.at(0), "client_secret") == "cktest-entra-1");
  CHECK(value_in(f.forms.at(0), "scope") == "https://storage.azure.com/.default");
}

TEST_CASE("other clouds are asked at their own authority, and other services by their own scope") {
  EntraFixture f;
  f.variables["AZURE_AUTHORITY_HOST"] = "https://login.chinacloudapi.cn/";
  REQUIRE(f.answers(dated(200, token_reply("t"))).by_secret());
  f.variables["AZURE_AUTHORITY_HOST"] = "login.microsoftonline.us";  // As some write it.
  REQUIRE(f.answers(dated(200, token_reply("t"))).by_secret());
  REQUIRE(f.answers(dated(200, token_reply("t")))
              .by_secret({"contoso.example", "client-1", "https://login.example", "https://vault.azure.net/.default"}));
  const auto sent = f.services->sent();
  CHECK(sent.at(0).host == "login.chinacloudapi.cn");
  CHECK(sent.at(0).path == "/tenant-1/oauth2/v2.0/token");
  CHECK(sent.at(1).host == "login.microsoftonline.us");
  CHECK(sent.at(2).host == "login.example");
  CHECK(sent.at(2).path == "/contoso.example/oauth2/v2.0/token");
  CHECK(value_in(f.forms.at(2), "scope") == "https://vault.azure.net/.default");
}

TEST_CASE("nothing is sent to where a secret does not belong") {
  EntraFixture f;
  for (const char* wrong : {"http://login.microsoftonline.com", "https://login.microsoftonline.com@evil.example",
                            "https://login.microsoftonline.com/?x=1", "ftp://x", "https://", "\r\n"}) {
    f.variables["AZURE_AUTHORITY_HOST"] = wrong;
    if (std::string_view(wrong) == "\r\n") continue;  // Blank: not set.
    const Error error = error_of(f.by_secret());
    CHECK(error.code == ErrorCode::invalid_argument);
    CHECK(error.message == "the authority of Entra ID is no https URL of a host");
  }
  f.variables.erase("AZURE_AUTHORITY_HOST");
  for (const char* wrong : {"a/b", "..%2f", "t?x", "t\r\n", "-t", "t t"}) {
    CHECK(error_of(f.by_secret({wrong, "client-1", {}, {}})).message == "the tenant is neither an id nor a domain");
    CHECK(error_of(f.by_secret({"tenant-1", wrong, {}, {}})).message == "the client id of the application is none");
  }
  CHECK(error_of(f.by_secret({"", "client-1", {}, {}})).message == "an application needs a tenant");
  CHECK(error_of(f.by_secret({"tenant-1", "", {}, {}})).message == "an application needs a client id");
  CHECK(error_of(azure::fetch_by_secret(kApplication, "", f.surroundings(), {})).message ==
        "an application needs a secret");
  CHECK(f.services->sent().empty());
}

TEST_CASE("what Entra ID refuses keeps its code, and says what to do") {
  EntraFixture f;
  const Error expired = f.refused(401, "invalid_client",
                                  "AADSTS7000222: The provided client secret keys for app 'client-1' are expired.");
  CHECK(expired.code == ErrorCode::unauthenticated);
  CHECK(expired.service_code == "AADSTS7000222");
  CHECK(expired.message ==
        "the application client-1 at login.microsoftonline.com: invalid_client: AADSTS7000222: The provided client "
        "secret keys for app 'client-1' are expired");
  CHECK(expired.request_id == "0a1b2c3d-0000");
  CHECK(expired.hint == "the secret has expired; make a new one: az ad app credential reset --id CLIENT_ID");
  CHECK(f.services->sent().size() == 1);

  CHECK(f.refused(400, "unauthorized_client", "AADSTS700016: Application with identifier 'x' was not found.").hint ==
        "the client id is of no application in this tenant: check AZURE_CLIENT_ID and AZURE_TENANT_ID");
  CHECK(f.refused(400, "invalid_request", "AADSTS90002: Tenant 'x' not found.").code == ErrorCode::unauthenticated);
  const Error audience = f.refused(400, "invalid_resource", "AADSTS500011: The resource principal was not found.");
  CHECK(audience.code == ErrorCode::invalid_argument);
  CHECK(audience.hint.find("https://storage.azure.com/.default") != std::string::npos);
  CHECK(f.refused(400, "interaction_required", "AADSTS53003: Blocked.").code == ErrorCode::permission_denied);
  // One that nobody knows is shown as it is.
  const Error unknown = f.refused(400, "invalid_grant", "AADSTS99999999: Something new.");
  CHECK(unknown.service_code == "AADSTS99999999");
  CHECK(unknown.hint == "");
}

TEST_CASE("a reply that repeats the secret does not show it") {
  EntraFixture f;
  const Error error = f.refused(401, "invalid_client", "AADSTS7000215: Invalid client secret cktest-entra-1 provided.");
  CHECK(error.message.find("AADSTS7000215: Invalid client secret ... provided") != std::string::npos);
  CHECK(error.hint.starts_with("the secret's value is wanted, not its id"));
}

TEST_CASE("hostile replies are errors") {
  EntraFixture f;
  for (const char* body :
       {"", "<html>", "{}", "[1]", R"({"access_token":"a\r\nb"})", R"({"access_token":"t","expires_in":-1})",
        R"({"access_token":{"a":"cktest-token-9"}})", R"({"access_token":"t","token_type":"MAC"})"}) {
    CHECK_MESSAGE(error_of(f.answers(dated(200, body)).by_secret()).code == ErrorCode::unauthenticated, body);
  }
  CHECK(error_of(f.answers(dated(401, std::string(100'000, '['))).by_secret()).code == ErrorCode::unauthenticated);
  f.services->then(dated(503, "busy"), 4);
  CHECK(error_of(f.by_secret()).retryable);
}

TEST_CASE("a workload's token is read anew each time") {
  EntraFixture f;
  f.files["/var/token"] = " cktest-federated-1\n";
  const auto fetch = [&] { return azure::fetch_by_federated_token(kApplication, "/var/token", f.surroundings(), {}); };
  const auto token =
      f.answers(dated(200, token_reply("cktest-token-2"))).by_secret();  // Another grant does not get in its way.
  REQUIRE(token);
  f.answers(dated(200, token_reply("cktest-token-3")));
  const auto first = fetch();
  REQUIRE(first);
  CHECK(first->source == "the workload identity client-1");
  CHECK(value_in(f.forms.at(1), "client_assertion") == "cktest-federated-1");
  CHECK(value_in(f.forms.at(1), "client_assertion_type") == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  f.files["/var/token"] = "cktest-federated-2";
  f.answers(dated(200, token_reply("cktest-token-4")));
  REQUIRE(fetch());
  CHECK(value_in(f.forms.at(2), "client_assertion") == "cktest-federated-2");

  f.files["/var/token"] = " \n";
  CHECK(error_of(fetch()).message.ends_with("the federated token /var/token is empty"));
  f.files.erase("/var/token");
  CHECK(error_of(fetch()).message.ends_with("the federated token /var/token does not exist"));
  f.files["/var/token"] = "(broken)";
  CHECK(error_of(fetch()).message.ends_with("the federated token: read /var/token: Input/output error"));
  CHECK(error_of(fetch()).code == ErrorCode::unauthenticated);
}

TEST_CASE("an authority that is no UTF-8 is an error, and throws nothing") {
  EntraFixture f;
  f.files["/app.pem"] = ::test::private_pem(::test::rsa_test_key().get()) + certificate().first;
  f.variables["AZURE_AUTHORITY_HOST"] = "https://login.example/%FF";
  const Error error = error_of(azure::fetch_by_certificate(kApplication, "/app.pem", f.surroundings(), {}));
  CHECK(error.message.starts_with("the application client-1 at login.example: "));
  CHECK(f.services->sent().empty());
}

TEST_CASE("a certificate signs who it is, when, and for whom") {
  EntraFixture f;
  const auto [pem, der] = certificate();
  f.files["/app.pem"] = ::test::private_pem(::test::rsa_test_key().get()) + pem;
  f.answers(dated(200, token_reply("cktest-token-5")));
  const auto token = azure::fetch_by_certificate(kApplication, "/app.pem", f.surroundings(), {});
  REQUIRE_MESSAGE(token, token.error().to_string());
  const std::string assertion = value_in(f.forms.at(0), "client_assertion");
  const std::size_t second = assertion.rfind('.');
  const std::size_t first = assertion.find('.');
  CHECK(::test::verifies(::test::rsa_test_key().get(), assertion.substr(0, second),
                         ::test::from_base64url(assertion.substr(second + 1))));
  const json header = json::parse(::test::from_base64url(assertion.substr(0, first)));
  const auto digest = crypto::sha1(der);
  CHECK(header == json{{"alg", "RS256"},
                       {"typ", "JWT"},
                       {"x5t", core::base64url_encode({reinterpret_cast<const char*>(digest.data()), digest.size()})}});
  const json claims = json::parse(::test::from_base64url(assertion.substr(first + 1, second - first - 1)));
  CHECK(claims.at("aud") == "https://login.microsoftonline.com/tenant-1/oauth2/v2.0/token");
  CHECK(claims.at("iss") == "client-1");
  CHECK(claims.at("sub") == "client-1");
  CHECK(claims.at("nbf") == 1795395600);
  CHECK(claims.at("exp") == 1795396200);
  CHECK(claims.at("jti").get<std::string>().size() == 32);
}

TEST_CASE("a file without a key and a certificate says what is missing") {
  EntraFixture f;
  const auto [pem, der] = certificate();
  EVP_PKEY* key = ::test::rsa_test_key().get();
  const auto error = [&](std::string text) {
    f.files["/app.pem"] = std::move(text);
    return error_of(azure::fetch_by_certificate(kApplication, "/app.pem", f.surroundings(), {}));
  };
  CHECK(error(::test::private_pem(key)).message == "the certificate /app.pem: it holds no certificate");
  CHECK(error(pem).message == "the certificate /app.pem: it is no private key that OpenSSL can read");
  CHECK(error(::test::private_pem(key, "sesame") + pem).message ==
        "the certificate /app.pem: it is encrypted by a password");
  CHECK(error(::test::private_pem(key) + "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n").message ==
        "the certificate /app.pem: it holds no certificate");
  CHECK(error(::test::private_pem(key)).hint ==
        "the file holds both, as PEM: a private RSA key without a password, and its certificate");
  const Error archive = error("0\x82\x0a\x0b");
  CHECK(archive.code == ErrorCode::unsupported);
  CHECK(archive.message == "the certificate /app.pem is not PEM, but PKCS #12 perhaps");
  CHECK(f.services->sent().empty());
}
