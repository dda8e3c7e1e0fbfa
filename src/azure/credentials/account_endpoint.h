#pragma once

#include "http/endpoint_url.h"

#include <string>
#include <string_view>

/// How accounts and endpoints of Azure Storage name each other.
namespace cloudkit::inline v0::azure {

/// A host of Azure Storage, in any of its clouds: only Microsoft answers there.
bool is_azure_host(std::string_view host) noexcept;

/// Whether secrets may go there that nobody gave for this endpoint: it is Azure's Blob Storage, or on this machine.
bool is_trusted(const http::Endpoint& endpoint);

/// Whose endpoint it is: "https://ACCOUNT.blob.core.windows.net", the same in Azure's other clouds, or, of a machine
/// without such names, "http://127.0.0.1:10000/ACCOUNT". Empty where it does not say.
std::string account_of(const http::Endpoint& endpoint);

/// "https://ACCOUNT.blob.core.windows.net". Errors: `invalid_argument` for a name that is none.
Result<http::Endpoint> endpoint_of(std::string_view account);

/// An endpoint whose host does not name the account has it in its path, as Azurite wants it.
/// https://learn.microsoft.com/azure/storage/common/storage-use-azurite
void name_account(http::Endpoint& endpoint, std::string_view account);

/// Errors: `invalid_argument` for what could be taken for more than a name in a path or a header.
Status check_account(std::string_view account);

}  // namespace cloudkit::inline v0::azure
