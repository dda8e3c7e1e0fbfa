// A profile file, read as either of the two kinds. Seeds are from aws-c-auth (Apache-2.0).
#include "aws/profile.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace cloudkit::aws;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const Sections& sections) {
  for (const auto& [name, properties] : sections) {
    require(!name.empty() && name.find_first_of(" \t[]=#;\n") == std::string::npos);
    for (const auto& [property, value] : properties) {
      require(!property.empty() &&
              std::none_of(property.begin(), property.end(), [](char c) { return c >= 'A' && c <= 'Z'; }));
      // What is nested can be asked for, whatever it is.
      static_cast<void>(nested_property(value, "endpoint_url"));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto config = parse_profile_file(text, ProfileFile::config, "config");
  auto credentials = parse_profile_file(text, ProfileFile::credentials, "credentials");
  // Only the sections' meaning differs, so a file is well formed as both or as none.
  require(config.has_value() == credentials.has_value());
  if (!config) {
    require(config.error().message.starts_with("config:"));
    return 0;
  }
  require(credentials->services.empty() && credentials->sso_sessions.empty());
  const Sections keys = credentials->profiles;
  merge_credentials(*config, *std::move(credentials));
  check(config->profiles);
  check(config->sso_sessions);
  check(config->services);
  for (const auto& [name, properties] : keys) {
    for (const auto& [property, value] : properties) require(config->profiles.at(name).at(property) == value);
  }
  return 0;
}
