#include "aws/credentials/surroundings.h"
#include "core/fail.h"

#include <fmt/format.h>

// Instead of process.cc, in a build that must not start programs.
namespace cloudkit::inline v0::aws {

Result<Lookup> look_in_process(const std::string&, std::string_view profile, const Surroundings&, const Context&) {
  return core::unsupported(
      fmt::format("profile \"{}\" gets its keys from a credential_process, and this cloudkit starts no programs",
                  profile),
      "build cloudkit with CLOUDKIT_CREDENTIAL_PROCESS=ON, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
}

}  // namespace cloudkit::inline v0::aws
