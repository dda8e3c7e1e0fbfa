#include "auth/environment.h"

#include "core/encode.h"
#include "core/fail.h"
#include "core/log.h"
#include "core/whole_file.h"

#include <fmt/format.h>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace cloudkit::inline v0::auth {
namespace {

// A profile file of a thousand accounts has 200 KB; this stops at a device or a disk image.
constexpr std::size_t kLargestFile = std::size_t{16} << 20;

Result<std::optional<std::string>> read_bounded(const std::string& path) {
  return core::read_whole_file(path, kLargestFile);
}

// Where services of an init system have no HOME, there is one all the same, as for every shell.
std::optional<std::string> home_of_user() {
  std::array<char, 16384> buffer;
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return {};
  return found->pw_dir;
}

std::optional<std::string> process_variable(std::string_view name) {
  const char* const value = std::getenv(std::string(name).c_str());
  if (value != nullptr) return value;
  return name == "HOME" ? home_of_user() : std::nullopt;
}

std::optional<unsigned> permission_bits(const std::string& path) {
  struct stat info;
  // Of /dev/null, which says that there is no file, nobody need be kept away.
  if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  return info.st_mode & 07777U;
}

constexpr unsigned kReadableByOthers = 0004;
constexpr unsigned kWritableByOthers = 0002;

}  // namespace

const Environment& Environment::process() {
  // Never destroyed: handles may be globals, and look for credentials while they end.
  static const auto* const environment =
      new Environment{process_variable, read_bounded, permission_bits, core::replace_private_file};
  return *environment;
}

std::string variable(const Environment& environment, std::string_view name) {
  const auto value = environment.variable(name);
  return value ? std::string(core::trim(*value)) : std::string();
}

Status check_private_file(const Environment& environment, const std::string& path) {
  const auto mode = environment.file_mode ? environment.file_mode(path) : std::nullopt;
  if (!mode) return {};
  if ((*mode & kWritableByOthers) != 0) {
    return core::fail(ErrorCode::permission_denied,
                      fmt::format("{} can be changed by every user of this machine", path),
                      fmt::format("chmod 600 {}", path));
  }
  if ((*mode & kReadableByOthers) != 0) {
    core::log(LogLevel::warn, "the credentials file can be read by every user of this machine", {{"path", path}});
  }
  return {};
}

}  // namespace cloudkit::inline v0::auth
