#include "azure/credentials/lookup.h"

// Instead of azure_cli.cc, in a build that must not start programs.
namespace cloudkit::inline v0::azure {

Result<TokenLookup> look_in_azure_cli(const std::string&, const std::string&, const auth::Surroundings&,
                                      const Context&) {
  return TokenLookup{{}, "this cloudkit starts no programs (CLOUDKIT_CREDENTIAL_PROCESS=OFF)"};
}

}  // namespace cloudkit::inline v0::azure
