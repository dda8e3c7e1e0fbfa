#include "aws/config.h"

#include "aws/private_file.h"
#include "aws/profile_files.h"
#include "core/fail.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

namespace cloudkit::inline v0::aws {
namespace {

// A profile file of a thousand accounts has 200 KB; this stops at a device or a disk image.
constexpr std::size_t kLargestFile = std::size_t{16} << 20;

std::optional<std::string> process_variable(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

Result<std::optional<std::string>> read_whole_file(const std::string& path) {
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) {
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<std::string>();
    return core::io_error("open " + path, errno);
  }
  std::string text;
  std::array<char, 16384> buffer;
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    text.append(buffer.data(), count);
    if (text.size() > kLargestFile) {
      return core::fail(ErrorCode::io, fmt::format("read {}: larger than {} bytes", path, kLargestFile));
    }
  }
  if (std::ferror(file.get()) != 0) return core::io_error("read " + path, errno);
  return std::optional(std::move(text));
}

std::optional<unsigned> permission_bits(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return info.st_mode & 07777U;
}

Setting from_variable(const Environment& environment, const char* name) {
  std::string value = variable(environment, name);
  return value.empty() ? Setting{} : Setting{std::move(value), name};
}

Setting from_profile(const ChosenProfile& profile, std::string_view property) {
  std::string value = profile.get(property);
  return value.empty() ? Setting{} : Setting{std::move(value), fmt::format("profile \"{}\"", profile.name)};
}

// The first that has a value.
Setting first(std::initializer_list<Setting> settings) {
  for (const Setting& setting : settings) {
    if (!setting.value.empty()) return setting;
  }
  return {};
}

bool ignores_configured_endpoints(const Environment& environment, const ChosenProfile& profile) {
  return first({from_variable(environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"),
                from_profile(profile, "ignore_configured_endpoint_urls")})
             .value == "true";
}

Result<Setting> from_services_section(const ChosenProfile& profile, const ProfileFiles& files) {
  const std::string name = profile.get("services");
  if (name.empty()) return Setting{};
  const auto section = files.set.services.find(name);
  if (section == files.set.services.end()) {
    return core::invalid_argument(fmt::format("profile \"{}\" names the services section \"{}\", which is not in {}",
                                              profile.name, name, files.config_path));
  }
  const auto s3 = section->second.find("s3");
  if (s3 == section->second.end()) return Setting{};
  auto url = nested_property(s3->second, "endpoint_url");
  if (!url || url->empty()) return Setting{};
  return Setting{*std::move(url), fmt::format("services section \"{}\"", name)};
}

// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
Result<Setting> s3_endpoint(const Environment& environment, const ChosenProfile& profile, const ProfileFiles& files) {
  if (ignores_configured_endpoints(environment, profile)) return Setting{};
  Setting from_environment =
      first({from_variable(environment, "AWS_ENDPOINT_URL_S3"), from_variable(environment, "AWS_ENDPOINT_URL")});
  if (!from_environment.value.empty()) return from_environment;
  auto from_section = from_services_section(profile, files);
  if (!from_section || !from_section->value.empty()) return from_section;
  return from_profile(profile, "endpoint_url");
}

}  // namespace

const Environment& Environment::process() {
  static const Environment environment{process_variable, read_whole_file, permission_bits, replace_private_file};
  return environment;
}

Result<Config> load_config(std::string_view profile, const Environment& environment) {
  const auto files = load_profile_files(environment);
  if (!files) return files.error();
  const auto chosen = choose_profile(profile, environment, *files);
  if (!chosen) return chosen.error();
  auto endpoint = s3_endpoint(environment, *chosen, *files);
  if (!endpoint) return std::move(endpoint).error();
  Config config;
  config.profile = {chosen->name, chosen->chosen_by};
  config.region = first({from_variable(environment, "AWS_REGION"), from_variable(environment, "AWS_DEFAULT_REGION"),
                         from_profile(*chosen, "region")});
  config.s3_endpoint = *std::move(endpoint);
  return config;
}

}  // namespace cloudkit::inline v0::aws
