#pragma once

#include <cloudkit/result.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::azure {

/// What the portal and `az storage account show-connection-string` give.
/// https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string
struct ConnectionString {
  std::string account = {};
  std::string account_key = {};
  std::string sas_token = {};
  std::string blob_endpoint = {};
  std::string endpoint_suffix = {};  ///< Default: core.windows.net.
  std::string protocol = {};         ///< Default: https.

  /// "BlobEndpoint", or what account, suffix and protocol come to; empty where they name none.
  std::string endpoint() const;
};

/// `UseDevelopmentStorage=true` comes to Azurite's account, key and endpoint. Errors: `invalid_argument`, naming the
/// key that is wrong, missing or not known, but no value: it may be a secret.
Result<ConnectionString> parse_connection_string(std::string_view text);

}  // namespace cloudkit::inline v0::azure
