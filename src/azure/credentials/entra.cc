#include "azure/credentials/entra.h"

#include "auth/jwt.h"
#include "auth/oauth.h"
#include "azure/credentials/lookup.h"
#include "codec/json.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/random.h"
#include "crypto/digest.h"
#include "crypto/rsa.h"
#include "http/parse_url.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

namespace cloudkit::inline v0::azure {
namespace {

constexpr const char* kAuthorityVariable = "AZURE_AUTHORITY_HOST";
constexpr const char* kPublicCloud = "https://login.microsoftonline.com";
constexpr std::string_view kJwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr std::chrono::minutes kAssertionLife{10};

Error half_filled(std::string_view what) {
  return core::fail(ErrorCode::unauthenticated, fmt::format("an application needs {}", what),
                    "its page in the Azure portal has them: tenant id and client id");
}

std::string authority_of(const Application& application, const auth::Environment& environment) {
  std::string authority = application.authority;
  if (authority.empty()) authority = auth::variable(environment, kAuthorityVariable);
  if (authority.empty()) return kPublicCloud;
  return authority.find("://") == std::string::npos ? "https://" + authority : authority;
}

Result<http::Request> token_endpoint(const Application& application, const auth::Environment& environment) {
  if (application.tenant.empty()) return half_filled("a tenant");
  if (application.client_id.empty()) return half_filled("a client id");
  if (!is_tenant(application.tenant)) return core::invalid_argument("the tenant is neither an id nor a domain");
  if (!is_tenant(application.client_id)) return core::invalid_argument("the client id of the application is none");
  auto request = http::parse_url(authority_of(application, environment));
  if (!request || request->scheme != "https" || !request->query.empty()) {
    return core::invalid_argument("the authority of Entra ID is no https URL of a host",
                                  fmt::format("{} is one of https://login.microsoftonline.com, "
                                              "https://login.microsoftonline.us, https://login.chinacloudapi.cn",
                                              kAuthorityVariable));
  }
  while (request->path.ends_with('/')) request->path.pop_back();
  request->path += fmt::format("/{}/oauth2/v2.0/token", application.tenant);
  return request;
}

// What every grant of an application has.
http::Query form_of(const Application& application) {
  const std::string scope =
      application.scope.empty() ? fmt::format("{}/.default", kStorageResource) : application.scope;
  return {{"grant_type", "client_credentials"}, {"client_id", application.client_id}, {"scope", scope}};
}

http::Query assertion_form(const Application& application, std::string assertion) {
  http::Query form = form_of(application);
  form.emplace_back("client_assertion_type", kJwtBearer);
  form.emplace_back("client_assertion", std::move(assertion));
  return form;
}

Result<AccessToken> ask(http::Request endpoint, std::function<Result<http::Query>(core::TimePoint)> form,
                        const std::string& source, const auth::Surroundings& surroundings, const Context& context) {
  const std::string host = endpoint.host;
  auto token = auth::ask_for_token({std::move(endpoint), std::move(form)}, surroundings, context);
  if (!token) {
    Error error = explain_entra(std::move(token).error());
    error.message = fmt::format("{} at {}: {}", source, host, error.message);
    return error;
  }
  token->source = source;
  return token;
}

Result<std::string> read_secret_file(const std::string& path, std::string_view what,
                                     const auth::Environment& environment) {
  auto text = environment.read_file(path);
  if (text && text->has_value() && !core::trim(**text).empty()) return **std::move(text);
  if (!text) return core::fail(ErrorCode::unauthenticated, fmt::format("{}: {}", what, text.error().message));
  return core::fail(ErrorCode::unauthenticated,
                    fmt::format("{} {} {}", what, path, text->has_value() ? "is empty" : "does not exist"));
}

// The bytes between the first pair of lines; those of a chain follow, and are not needed.
std::optional<std::string> first_certificate(std::string_view pem) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  const std::size_t begin = pem.find(kBegin);
  if (begin == std::string_view::npos) return std::nullopt;
  pem.remove_prefix(begin + kBegin.size());
  const std::size_t end = pem.find("-----END CERTIFICATE-----");
  if (end == std::string_view::npos) return std::nullopt;
  std::string base64(pem.substr(0, end));
  std::erase_if(base64, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
  auto bytes = core::base64_decode(base64);
  return bytes && !bytes->empty() ? std::move(bytes) : std::nullopt;
}

struct Certificate {
  crypto::RsaKey key;
  std::string thumbprint;
};

Result<Certificate> read_certificate(const std::string& path, const auth::Environment& environment) {
  constexpr unsigned char kAsn1Sequence = 0x30;  // How DER begins, in which PKCS #12 is.
  constexpr const char* kConvert = "openssl pkcs12 -in FILE.pfx -nodes -out FILE.pem makes such a file";
  auto pem = read_secret_file(path, "the certificate", environment);
  if (!pem) return std::move(pem).error();
  if (static_cast<unsigned char>(pem->front()) == kAsn1Sequence) {
    crypto::cleanse(*pem);
    return core::unsupported(fmt::format("the certificate {} is not PEM, but PKCS #12 perhaps", path), kConvert);
  }
  auto key = crypto::RsaKey::from_pem(*pem);
  const auto der = first_certificate(*pem);
  crypto::cleanse(*pem);
  const auto bad = [&](std::string_view why) {
    return core::fail(ErrorCode::unauthenticated, fmt::format("the certificate {}: {}", path, why),
                      "the file holds both, as PEM: a private RSA key without a password, and its certificate");
  };
  if (!key) return bad(key.error().message);
  if (!der) return bad("it holds no certificate");
  const auto digest = crypto::sha1(*der);
  return Certificate{*std::move(key),
                     core::base64url_encode({reinterpret_cast<const char*>(digest.data()), digest.size()})};
}

// https://learn.microsoft.com/entra/identity-platform/certificate-credentials
Result<std::string> assertion_of(const Application& application, const Certificate& certificate,
                                 const http::Request& endpoint, core::TimePoint now) {
  const auto begin = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
  codec::JsonWriter claims;
  claims.begin_object();
  claims.name("aud").string(fmt::format("https://{}{}", endpoint.host, endpoint.path));
  claims.name("iss").string(application.client_id).name("sub").string(application.client_id);
  claims.name("jti").string(core::random_hex(16));
  claims.name("nbf").number(begin.count()).name("exp").number((begin + kAssertionLife).count());
  const auto text = claims.end_object().finish();
  if (!text) return text.error();
  return auth::sign_jwt(certificate.key, {}, *text, certificate.thumbprint);
}

std::string application_name(const Application& application) {
  return fmt::format("the application {}", application.client_id);
}

}  // namespace

bool is_tenant(std::string_view text) noexcept {
  return !text.starts_with('-') && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  });
}

Result<AccessToken> fetch_by_secret(const Application& application, const std::string& secret,
                                    const auth::Surroundings& surroundings, const Context& context) {
  auto endpoint = token_endpoint(application, surroundings.environment);
  if (!endpoint) return std::move(endpoint).error();
  if (secret.empty()) return half_filled("a secret");
  const auto form = [&](core::TimePoint) -> Result<http::Query> {
    http::Query query = form_of(application);
    query.emplace_back("client_secret", secret);
    return query;
  };
  return ask(*std::move(endpoint), form, application_name(application), surroundings, context);
}

Result<AccessToken> fetch_by_certificate(const Application& application, const std::string& path,
                                         const auth::Surroundings& surroundings, const Context& context) {
  auto endpoint = token_endpoint(application, surroundings.environment);
  if (!endpoint) return std::move(endpoint).error();
  const auto certificate = read_certificate(path, surroundings.environment);
  if (!certificate) return certificate.error();
  const auto form = [&, target = *endpoint](core::TimePoint now) -> Result<http::Query> {
    auto assertion = assertion_of(application, *certificate, target, now);
    if (!assertion) return std::move(assertion).error();
    return assertion_form(application, *std::move(assertion));
  };
  return ask(*std::move(endpoint), form, application_name(application), surroundings, context);
}

Result<AccessToken> fetch_by_federated_token(const Application& application, const std::string& path,
                                             const auth::Surroundings& surroundings, const Context& context) {
  auto endpoint = token_endpoint(application, surroundings.environment);
  if (!endpoint) return std::move(endpoint).error();
  const auto form = [&](core::TimePoint) -> Result<http::Query> {
    auto text = read_secret_file(path, "the federated token", surroundings.environment);
    if (!text) return std::move(text).error();
    auto query = assertion_form(application, std::string(core::trim(*text)));
    crypto::cleanse(*text);
    return query;
  };
  return ask(*std::move(endpoint), form, fmt::format("the workload identity {}", application.client_id), surroundings,
             context);
}

}  // namespace cloudkit::inline v0::azure
