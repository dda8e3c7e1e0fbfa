#include "azure/credentials/entra.h"
#include "azure/credentials/lookup.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::azure {
namespace {

constexpr std::string_view kTenant = "AZURE_TENANT_ID";
constexpr std::string_view kClient = "AZURE_CLIENT_ID";
constexpr std::string_view kSecret = "AZURE_CLIENT_SECRET";
constexpr std::string_view kCertificate = "AZURE_CLIENT_CERTIFICATE_PATH";
constexpr std::string_view kCertificatePassword = "AZURE_CLIENT_CERTIFICATE_PASSWORD";
constexpr std::string_view kTokenFile = "AZURE_FEDERATED_TOKEN_FILE";

// Errors: a variable that `with` needs is not set.
Result<Application> application_with(std::string_view with, const auth::Environment& environment) {
  Application application;
  application.tenant = auth::variable(environment, kTenant);
  application.client_id = auth::variable(environment, kClient);
  for (const auto& [name, value] :
       {std::pair(kTenant, &application.tenant), std::pair(kClient, &application.client_id)}) {
    if (!value->empty()) continue;
    return core::fail(ErrorCode::unauthenticated, fmt::format("{} is set, but {} is not", with, name),
                      fmt::format("set {}, {} and {}, or none of them", with, kTenant, kClient));
  }
  return application;
}

TokenLookup found(AccessToken token, std::string_view where) {
  token.source = fmt::format("{}, from {}", token.source, where);
  return {std::move(token), {}};
}

}  // namespace

Result<TokenLookup> look_in_environment(const auth::Surroundings& surroundings, const Context& context) {
  const auth::Environment& environment = surroundings.environment;
  const std::string secret = auth::variable(environment, kSecret);
  const std::string certificate = auth::variable(environment, kCertificate);
  // The other two alone are there for a workload identity, or name a managed one.
  if (secret.empty() && certificate.empty()) {
    return TokenLookup{{}, fmt::format("neither {} nor {} is set", kSecret, kCertificate)};
  }
  const std::string_view with = secret.empty() ? kCertificate : kSecret;
  const auto application = application_with(with, environment);
  if (!application) return application.error();
  if (secret.empty() && !auth::variable(environment, kCertificatePassword).empty()) {
    return core::unsupported(fmt::format("{} is set, and cloudkit reads no encrypted keys", kCertificatePassword),
                             "openssl pkcs8 -topk8 -nocrypt takes the password off a key");
  }
  auto token = secret.empty() ? fetch_by_certificate(*application, certificate, surroundings, context)
                              : fetch_by_secret(*application, secret, surroundings, context);
  if (!token) return std::move(token).error();
  return found(*std::move(token), with);
}

// https://learn.microsoft.com/azure/aks/workload-identity-overview
Result<TokenLookup> look_in_workload_identity(const auth::Surroundings& surroundings, const Context& context) {
  const std::string path = auth::variable(surroundings.environment, kTokenFile);
  if (path.empty()) return TokenLookup{{}, fmt::format("{} is not set", kTokenFile)};
  const auto application = application_with(kTokenFile, surroundings.environment);
  if (!application) return application.error();
  auto token = fetch_by_federated_token(*application, path, surroundings, context);
  if (!token) return std::move(token).error();
  return found(*std::move(token), kTokenFile);
}

}  // namespace cloudkit::inline v0::azure
