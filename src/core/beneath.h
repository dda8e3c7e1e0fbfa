#pragma once

#include "core/unique_fd.h"

#include <sys/types.h>

#include <string>
#include <string_view>

/// Paths below a directory's descriptor, which no symbolic link leads away from it.
namespace cloudkit::inline v0::core {

/// As openat, for a path of plain names; "" is the directory itself. An empty result leaves the
/// cause in errno: ELOOP for a symbolic link anywhere in the path.
UniqueFd open_beneath(int directory, std::string_view path, int flags);

/// What errno says after open_beneath means: nothing of ours has that path, or not any more.
bool is_gone(int error_number) noexcept;

/// How often to try again what other programs undid meanwhile.
inline constexpr int kMaxTries = 100;

/// The same without openat2, which kernels before 5.6 and some sandboxes lack.
UniqueFd open_beneath_by_steps(int directory, std::string_view path, int flags);

/// Opens the directory `path`, making what is missing; `sync` makes new ones outlive a crash.
/// errno is ENOENT when another program removed one of them meanwhile: try again.
UniqueFd make_directories_beneath(int directory, std::string_view path, bool sync);

/// Removes the directory `path` and those above it, as long as they are empty.
void prune_beneath(int directory, std::string_view path) noexcept;

/// fsync, where the file system offers it for directories. False leaves the cause in errno.
bool sync_directory(int directory) noexcept;

/// As renameat, but errno is EEXIST when the new name is taken; also where the kernel cannot by itself, and EPERM where
/// neither it nor a hard link can.
bool rename_if_absent(int from_directory, const std::string& from, int to_directory, const std::string& to) noexcept;

/// "a/b" of "a/b/c", and "" of "c".
std::string_view parent_of(std::string_view key);
/// "c" of both.
std::string_view name_of(std::string_view key);

/// The first segment of `path`, which it is cut from.
std::string_view take_segment(std::string_view& path);

}  // namespace cloudkit::inline v0::core
