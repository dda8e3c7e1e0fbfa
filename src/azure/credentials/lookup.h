#pragma once

#include "auth/surroundings.h"

#include <cloudkit/context.h>
#include <cloudkit/credentials.h>

#include <optional>
#include <string>

/// Where tokens of Microsoft Entra ID may be, a file each, as Azure's own libraries look for them.
/// https://learn.microsoft.com/dotnet/azure/sdk/authentication/credential-chains
namespace cloudkit::inline v0::azure {

/// Of Azure Storage, in every cloud.
inline constexpr const char* kStorageResource = "https://storage.azure.com";

/// What a place has: a token, or the reason why not.
struct TokenLookup {
  std::optional<AccessToken> token = {};
  std::string reason = {};
  ErrorCode code = ErrorCode::unauthenticated;  ///< Of the reason, where it is an error: `unavailable` for silence.
};

/// AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH. Errors: `unauthenticated`
/// for variables that are set by half, since going on would ask as somebody else than was meant; as Entra ID says.
Result<TokenLookup> look_in_environment(const auth::Surroundings& surroundings, const Context& context);

/// AZURE_FEDERATED_TOKEN_FILE, which Kubernetes sets. Errors: as above.
Result<TokenLookup> look_in_workload_identity(const auth::Surroundings& surroundings, const Context& context);

/// Whose identity a machine has, where it has several: at most one of them.
struct ManagedIdentityName {
  std::string client_id = {};
  std::string resource_id = {};  ///< "/subscriptions/…/userAssignedIdentities/NAME"
};

/// The endpoint of App Service, of Functions and of Container Apps, where IDENTITY_ENDPOINT names it; else the metadata
/// service of a virtual machine. No machine of Azure, and one without an identity, is a reason, not an error. Errors:
/// `invalid_argument` for an endpoint that a secret must not be sent to; `unauthenticated` for a reply without a token;
/// those of http::Client.
Result<TokenLookup> look_in_managed_identity(const ManagedIdentityName& name, const std::string& resource,
                                             const auth::Surroundings& surroundings, const Context& context);

/// The login of `az login`. Not there or not logged in is a reason, as is a cloudkit that starts no programs. `tenant`
/// may be empty. Errors: `unauthenticated` for something else than a token; `timeout`, `cancelled`.
Result<TokenLookup> look_in_azure_cli(const std::string& tenant, const std::string& resource,
                                      const auth::Surroundings& surroundings, const Context& context);

}  // namespace cloudkit::inline v0::azure
