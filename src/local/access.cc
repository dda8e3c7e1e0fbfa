#include "local/access.h"

#include "core/fs_error.h"

#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>

namespace cloudkit::inline v0::local {
namespace {

// https://man7.org/linux/man-pages/man5/acl.5.html
constexpr char kAccessList[] = "system.posix_acl_access";

bool there_is_none(int error_number) { return error_number == ENODATA || error_number == ENOTSUP; }

// Empty: it has none. Nothing: it cannot be told.
std::optional<std::string> access_list_of(int file) {
  const ssize_t size = ::fgetxattr(file, kAccessList, nullptr, 0);
  if (size < 0) return there_is_none(errno) ? std::optional<std::string>("") : std::nullopt;
  std::string list(static_cast<std::size_t>(size), '\0');
  const ssize_t filled = ::fgetxattr(file, kAccessList, list.data(), list.size());
  if (filled != size) return std::nullopt;
  return list;
}

// Without one the list goes that a file inherits from its directory.
bool set_access_list(int file, const std::string& list) {
  if (!list.empty()) return ::fsetxattr(file, kAccessList, list.data(), list.size(), 0) == 0;
  return ::fremovexattr(file, kAccessList) == 0 || there_is_none(errno);
}

}  // namespace

Status take_access(const AccessLike& like, int file, std::string_view path) {
  const auto failed = [&](std::string what) { return core::fs_error(what.append(path), errno); };
  struct stat now{};
  if (::fstat(file, &now) != 0) return failed("stat ");
  const struct stat& old = like.state;
  const bool is_root = ::geteuid() == 0;
  if (like.owner == Owner::kept && is_root && now.st_uid != old.st_uid &&
      ::fchown(file, old.st_uid, static_cast<gid_t>(-1)) != 0) {
    return failed("keep the owner of ");
  }
  const bool same_group = now.st_gid == old.st_gid || ::fchown(file, static_cast<uid_t>(-1), old.st_gid) == 0;
  const auto list = access_list_of(like.file);
  const bool same_list = same_group && list && set_access_list(file, *list);
  ::mode_t mode = old.st_mode & 0777;
  // Who was in the old group, or on its list, is perhaps among the others now. The group's bits are also the most that
  // a list gives.
  if (!same_list) mode &= list && list->empty() ? 0700 | ((mode >> 3) & 07) : 0700;
  // A file system without modes refuses it: there each file is as open as any other.
  if (::fchmod(file, mode) != 0 && errno != EPERM && errno != ENOTSUP) return failed("set the mode of ");
  return {};
}

}  // namespace cloudkit::inline v0::local
