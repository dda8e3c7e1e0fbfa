#pragma once

#include <cloudkit/result.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>

/// The files ~/.aws/config and ~/.aws/credentials.
/// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
namespace cloudkit::inline v0::aws {

/// Names in lower case. Nested properties are kept as one value: "\nname = value\nname = value".
using Properties = std::map<std::string, std::string, std::less<>>;
using Sections = std::map<std::string, Properties, std::less<>>;

/// Empty when there is none.
std::string property_of(const Properties& properties, std::string_view name);

/// A section that names a profile, but not so that it counts.
struct LeftOut {
  std::string place = {};  ///< "FILE:LINE"
  std::string remedy = {};
};

struct ProfileSet {
  Sections profiles;
  Sections sso_sessions;
  Sections services;
  std::map<std::string, LeftOut, std::less<>> left_out = {};  ///< By the name that was meant.

  /// Null: no file has tried to name it.
  const LeftOut* find_left_out(std::string_view name) const;
};

enum class ProfileFile { config, credentials };

/// Names of sections may hold what is beyond ASCII, and in the config file, in quotes, anything, as the AWS CLI has it.
/// Sections and properties with names that are not allowed are left out, as the tests of AWS's SDKs want it.
/// Errors: `invalid_argument`, "FILE:LINE: what was expected"; never with the line's text, which
/// may be a secret.
Result<ProfileSet> parse_profile_file(std::string_view text, ProfileFile kind, std::string_view file_name);

/// Adds the credentials file's properties; they win.
void merge_credentials(ProfileSet& config, ProfileSet credentials);

/// The value of a nested property in such a value.
std::optional<std::string> nested_property(std::string_view value, std::string_view name);

}  // namespace cloudkit::inline v0::aws
