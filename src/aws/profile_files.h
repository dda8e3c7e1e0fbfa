#pragma once

#include "aws/config.h"
#include "aws/profile.h"

#include <optional>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::aws {

using auth::variable;

/// Both files, merged, and where they are; paths are empty where neither a variable nor HOME names one.
struct ProfileFiles {
  ProfileSet set;
  std::string config_path;
  std::string credentials_path;
  /// `permission_denied` for a credentials file that everybody may write to: whoever looks for keys has none, and it
  /// counts as empty for all others.
  std::optional<Error> refused;

  /// "/home/ada/.aws/config or /home/ada/.aws/credentials"
  std::string names() const;
};

/// Errors: `io`; `invalid_argument` for what cannot be parsed.
Result<ProfileFiles> load_profile_files(const Environment& environment);

/// The profile in use and who chose it. Nobody did: "default", which need not exist.
struct ChosenProfile {
  std::string name;
  std::string chosen_by;  ///< "the program", a variable, or "default".
  const Properties* properties = nullptr;

  /// Trimmed already; empty when there is none.
  std::string get(std::string_view property) const;
};

/// Errors: `invalid_argument` when the profile was asked for and does not exist; `refused`, which may hide it. The
/// result points into `files`.
Result<ChosenProfile> choose_profile(std::string_view asked, const Environment& environment, const ProfileFiles& files);

}  // namespace cloudkit::inline v0::aws
