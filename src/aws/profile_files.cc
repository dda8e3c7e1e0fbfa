#include "aws/profile_files.h"

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::aws {
namespace {

// https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html
std::string path_of(const Environment& environment, std::string_view name, std::string_view below_home) {
  std::string path = variable(environment, name);
  const std::string home = variable(environment, "HOME");
  if (path.starts_with("~/") && !home.empty()) return home + path.substr(1);
  if (!path.empty() || home.empty()) return path;
  return fmt::format("{}/{}", home, below_home);
}

Result<ProfileSet> load(const Environment& environment, const std::string& path, ProfileFile kind) {
  if (path.empty()) return ProfileSet{};
  auto text = environment.read_file(path);
  if (!text) return std::move(text).error();
  if (!text->has_value()) return ProfileSet{};
  return parse_profile_file(**text, kind, path);
}

Status check_mode(const Environment& environment, const std::string& path) {
  return path.empty() ? Status() : auth::check_private_file(environment, path);
}

}  // namespace

std::string ProfileFiles::names() const {
  if (config_path.empty() && credentials_path.empty()) return "any file, as HOME is not set";
  if (config_path.empty()) return credentials_path;
  if (credentials_path.empty()) return config_path;
  return fmt::format("{} or {}", config_path, credentials_path);
}

Result<ProfileFiles> load_profile_files(const Environment& environment) {
  ProfileFiles files;
  files.config_path = path_of(environment, "AWS_CONFIG_FILE", ".aws/config");
  files.credentials_path = path_of(environment, "AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials");
  auto config = load(environment, files.config_path, ProfileFile::config);
  if (!config) return std::move(config).error();
  files.set = *std::move(config);
  if (auto status = check_mode(environment, files.credentials_path); !status) {
    files.refused = std::move(status).error();
    return files;
  }
  auto credentials = load(environment, files.credentials_path, ProfileFile::credentials);
  if (!credentials) return std::move(credentials).error();
  merge_credentials(files.set, *std::move(credentials));
  return files;
}

std::string ChosenProfile::get(std::string_view property) const {
  return properties == nullptr ? std::string() : property_of(*properties, property);
}

Result<ChosenProfile> choose_profile(std::string_view asked, const Environment& environment,
                                     const ProfileFiles& files) {
  ChosenProfile chosen{std::string(asked), "the program"};
  for (const char* const name : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}) {
    if (chosen.name.empty()) chosen = {variable(environment, name), name};
  }
  if (chosen.name.empty()) chosen = {"default", "default"};
  const auto found = files.set.profiles.find(chosen.name);
  if (found != files.set.profiles.end()) {
    chosen.properties = &found->second;
  } else if (chosen.name != "default" && files.refused) {
    return *files.refused;
  } else if (chosen.name != "default") {
    const std::string asked_for =
        fmt::format("the profile \"{}\", asked for by {},", core::printable_excerpt(chosen.name, 64), chosen.chosen_by);
    if (const LeftOut* const left_out = files.set.find_left_out(chosen.name)) {
      return core::invalid_argument(fmt::format("{} is left out at {}", asked_for, left_out->place), left_out->remedy);
    }
    return core::invalid_argument(fmt::format("{} is not in {}", asked_for, files.names()),
                                  "list the profiles there are with `aws configure list-profiles`");
  }
  return chosen;
}

}  // namespace cloudkit::inline v0::aws
