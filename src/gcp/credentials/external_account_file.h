#pragma once

#include "auth/json_members.h"
#include "gcp/credentials/key_file.h"

#include <string_view>

/// The parts of `read_key_file`.
namespace cloudkit::inline v0::gcp {

Result<KeyFile> read_external_account(const codec::JsonValue& json);

/// A URL that secrets are sent to: https, or this machine. Empty for an empty `url`.
http::Request endpoint_in(std::string_view name, std::string_view url, auth::JsonMembers& members);

/// ".../serviceAccounts/ACCOUNT:generateAccessToken". Empty for an empty `url`.
ActingAs impersonation_in(std::string_view url, auth::JsonMembers& members);

}  // namespace cloudkit::inline v0::gcp
