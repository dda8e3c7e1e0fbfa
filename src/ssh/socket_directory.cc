#include "ssh/socket_directory.h"

#include "core/directory.h"
#include "core/fail.h"
#include "ssh/host_words.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace cloudkit::inline v0::ssh {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kPrefix = "ckssh-";
// A socket's path has room for 104 bytes on macOS, of which ssh itself takes 17 while it makes the socket.
constexpr std::size_t kLongestDirectory = 60;
// Nobody waits longer for what others have left.
constexpr std::chrono::seconds kSweepingTime{2};
constexpr int kTries = 10;

std::string temporary_directory() {
  const char* named = std::getenv("TMPDIR");
  const std::string directory = named == nullptr ? "" : named;
  const bool fits = directory.starts_with('/') && directory.size() <= kLongestDirectory && is_plain_path(directory);
  return fits ? directory : "/tmp";
}

core::UniqueFd open_directory(const std::string& path) {
  return core::UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

std::vector<std::string> names_in(const std::string& path, std::string_view prefix) {
  std::vector<std::string> names;
  const core::UniqueFd directory = open_directory(path);
  if (!directory) return names;
  (void)core::for_each_entry(directory.get(), path, {}, [&](std::string_view name, core::EntryKind) {
    if (name.starts_with(prefix)) names.emplace_back(name);
    return true;
  });
  return names;
}

// Its ssh is there. One that is full of callers is, too.
bool is_answered(const std::string& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, socket.data(), socket.size());
  const core::UniqueFd caller(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (::connect(caller.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return true;
  return errno != ECONNREFUSED && errno != ENOENT;
}

void remove_leftover(const std::string& path, const SocketDirectory::End& end, Clock::time_point latest) {
  const core::UniqueFd directory = open_directory(path);
  struct stat found{};
  if (!directory || ::fstat(directory.get(), &found) != 0 || found.st_uid != ::geteuid()) return;
  if (::flock(directory.get(), LOCK_EX | LOCK_NB) != 0) return;  // Its program lives.
  for (const std::string& name : names_in(path, {})) {
    const std::string socket = fmt::format("{}/{}", path, name);
    if (::lstat(socket.c_str(), &found) != 0 || !S_ISSOCK(found.st_mode)) continue;
    if (is_answered(socket)) {
      if (Clock::now() > latest) return;
      end(socket);
    }
    ::unlink(socket.c_str());
  }
  ::rmdir(path.c_str());
}

void remove_leftovers(const std::string& directory, const SocketDirectory::End& end) {
  const auto latest = Clock::now() + kSweepingTime;
  for (const std::string& name : names_in(directory, kPrefix)) {
    if (Clock::now() > latest) return;
    remove_leftover(fmt::format("{}/{}", directory, name), end, latest);
  }
}

}  // namespace

Result<SocketDirectory> SocketDirectory::make(const End& end) {
  const std::string place = temporary_directory();
  remove_leftovers(place, end);
  std::string path;
  for (int i = 0; i < kTries; ++i) {
    path = place + '/' + std::string(kPrefix) + "XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) return core::io_error("make the directory " + path, errno);
    core::UniqueFd lock = open_directory(path);
    while (::flock(lock.get(), LOCK_SH) != 0 && errno == EINTR) continue;
    // Another program may have seen it before it was locked, and taken it for a leftover.
    if (::access(path.c_str(), F_OK) == 0) return SocketDirectory(std::move(path), std::move(lock));
  }
  return core::io_error("make the directory " + path, ENOENT);
}

void SocketDirectory::remove() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
  path_.clear();
  lock_.reset();
}

}  // namespace cloudkit::inline v0::ssh
