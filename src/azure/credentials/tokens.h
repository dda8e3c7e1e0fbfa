#pragma once

#include "auth/surroundings.h"

#include <cloudkit/azure.h>
#include <cloudkit/credentials.h>

#include <memory>
#include <string>

/// What azure.h offers, with surroundings of the caller's.
namespace cloudkit::inline v0::azure {

/// `looked_at`: sentences on places that were looked at before, for the error that says that there are no credentials.
std::shared_ptr<TokenSource> make_default_tokens(auth::Surroundings surroundings, std::string looked_at = {});

std::shared_ptr<TokenSource> make_client_secret(ClientSecretOptions options, auth::Surroundings surroundings);
std::shared_ptr<TokenSource> make_client_certificate(ClientCertificateOptions options, auth::Surroundings surroundings);
std::shared_ptr<TokenSource> make_workload_identity(WorkloadIdentityOptions options, auth::Surroundings surroundings);
std::shared_ptr<TokenSource> make_managed_identity(ManagedIdentityOptions options, auth::Surroundings surroundings);
std::shared_ptr<TokenSource> make_azure_cli(AzureCliOptions options, auth::Surroundings surroundings);

}  // namespace cloudkit::inline v0::azure
