#pragma once

#include "auth/surroundings.h"

#include <cloudkit/gcp.h>

#include <memory>
#include <string>
#include <vector>

/// What gcp.h offers, with surroundings of the caller's.
namespace cloudkit::inline v0::gcp {

using auth::Environment;
using auth::Surroundings;

/// Empty scopes: all that the account may do.
std::shared_ptr<Identity> make_default_identity(Surroundings surroundings, std::vector<std::string> scopes = {});
std::shared_ptr<Identity> make_file_identity(std::string path, Surroundings surroundings,
                                             std::vector<std::string> scopes = {});
std::shared_ptr<Identity> make_json_identity(std::string json, Surroundings surroundings,
                                             std::vector<std::string> scopes = {});
std::shared_ptr<Identity> make_impersonation(ImpersonationOptions options, Surroundings surroundings);

}  // namespace cloudkit::inline v0::gcp
