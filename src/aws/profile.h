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

struct ProfileSet {
  Sections profiles;
  Sections sso_sessions;
  Sections services;
};

enum class ProfileFile { config, credentials };

/// Sections and properties with names that are not allowed are left out, as the AWS CLI does.
/// Errors: `invalid_argument`, "FILE:LINE: what was expected"; never with the line's text, which
/// may be a secret.
Result<ProfileSet> parse_profile_file(std::string_view text, ProfileFile kind, std::string_view file_name);

/// Adds the credentials file's properties; they win.
void merge_credentials(ProfileSet& config, ProfileSet credentials);

/// The value of a nested property in such a value.
std::optional<std::string> nested_property(std::string_view value, std::string_view name);

}  // namespace cloudkit::inline v0::aws
