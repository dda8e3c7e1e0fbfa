#include "auth/renewed.h"
#include "azure/credentials/entra.h"
#include "azure/credentials/lookup.h"
#include "azure/credentials/tokens.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

// What programs name themselves instead of the chain.
namespace cloudkit::inline v0::azure {
namespace {

std::shared_ptr<TokenSource> renewed(auth::RenewedToken::Fetch fetch, auth::RenewedToken::Now now) {
  return std::make_shared<auth::RenewedToken>(std::move(fetch), std::move(now));
}

// Who names a place needs what is there.
Result<AccessToken> required(Result<TokenLookup> found, std::string_view place) {
  if (!found) return std::move(found).error();
  if (found->token) return *std::move(found->token);
  return core::fail(ErrorCode::unauthenticated, fmt::format("{}: {}", place, found->reason));
}

const std::string& or_storage(const std::string& resource) {
  static const auto* const storage = new std::string(kStorageResource);
  return resource.empty() ? *storage : resource;
}

}  // namespace

std::shared_ptr<TokenSource> make_client_secret(ClientSecretOptions options, auth::Surroundings surroundings) {
  const auto now = surroundings.hooks.now;
  return renewed(
      [options = std::move(options), surroundings = std::move(surroundings)](const Context& context) {
        const Application application{options.tenant, options.client_id, options.authority, options.scope};
        return fetch_by_secret(application, options.secret, surroundings, context);
      },
      now);
}

std::shared_ptr<TokenSource> make_client_certificate(ClientCertificateOptions options,
                                                     auth::Surroundings surroundings) {
  const auto now = surroundings.hooks.now;
  return renewed(
      [options = std::move(options), surroundings = std::move(surroundings)](const Context& context) {
        const Application application{options.tenant, options.client_id, options.authority, options.scope};
        return fetch_by_certificate(application, options.certificate_file, surroundings, context);
      },
      now);
}

std::shared_ptr<TokenSource> make_workload_identity(WorkloadIdentityOptions options, auth::Surroundings surroundings) {
  const auto now = surroundings.hooks.now;
  return renewed(
      [options = std::move(options), surroundings = std::move(surroundings)](const Context& context) {
        const Application application{options.tenant, options.client_id, options.authority, options.scope};
        return fetch_by_federated_token(application, options.token_file, surroundings, context);
      },
      now);
}

std::shared_ptr<TokenSource> make_managed_identity(ManagedIdentityOptions options, auth::Surroundings surroundings) {
  const auto now = surroundings.hooks.now;
  return renewed(
      [options = std::move(options), surroundings = std::move(surroundings)](const Context& context) {
        return required(look_in_managed_identity({options.client_id, options.resource_id}, or_storage(options.resource),
                                                 surroundings, context),
                        "the managed identity");
      },
      now);
}

std::shared_ptr<TokenSource> make_azure_cli(AzureCliOptions options, auth::Surroundings surroundings) {
  const auto now = surroundings.hooks.now;
  return renewed(
      [options = std::move(options), surroundings = std::move(surroundings)](const Context& context) {
        return required(look_in_azure_cli(options.tenant, or_storage(options.resource), surroundings, context),
                        "the Azure CLI");
      },
      now);
}

std::shared_ptr<TokenSource> default_tokens(http::TransportOptions transport) {
  return make_default_tokens(auth::default_surroundings(std::move(transport)));
}
std::shared_ptr<TokenSource> client_secret(ClientSecretOptions options) {
  auto surroundings = auth::default_surroundings(options.transport);
  return make_client_secret(std::move(options), std::move(surroundings));
}
std::shared_ptr<TokenSource> client_certificate(ClientCertificateOptions options) {
  auto surroundings = auth::default_surroundings(options.transport);
  return make_client_certificate(std::move(options), std::move(surroundings));
}
std::shared_ptr<TokenSource> workload_identity(WorkloadIdentityOptions options) {
  auto surroundings = auth::default_surroundings(options.transport);
  return make_workload_identity(std::move(options), std::move(surroundings));
}
std::shared_ptr<TokenSource> managed_identity(ManagedIdentityOptions options) {
  return make_managed_identity(std::move(options), auth::default_surroundings({}));
}
std::shared_ptr<TokenSource> azure_cli(AzureCliOptions options) {
  return make_azure_cli(std::move(options), auth::default_surroundings({}));
}

}  // namespace cloudkit::inline v0::azure
