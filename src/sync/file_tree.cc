#include "sync/file_tree.h"

#include "core/beneath.h"
#include "core/directory.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/fs_error.h"
#include "core/write_all.h"
#include "crypto/digest.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/fs.h>
#include <sys/ioctl.h>
#endif

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

namespace cloudkit::inline v0::syncing {
namespace {

using core::EntryKind;
using core::UniqueFd;

constexpr std::size_t kBlockSize = std::size_t{256} << 10;

// Calls `take` for each block of what is left in `file`.
template <class Take>
Status read_blocks(int file, const std::string& path, const Context& context, Take take) {
  const std::unique_ptr<char[]> buffer(new char[kBlockSize]);
  while (true) {
    if (auto status = context.check(); !status) return status;
    const ssize_t count = ::read(file, buffer.get(), kBlockSize);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return core::fs_error("read " + path, errno);
    if (count == 0) return {};
    if (auto status = take(Bytes(buffer.get(), static_cast<std::size_t>(count))); !status) return status;
  }
}

// Everything in and below a directory, each directory after what is in it.
Status for_each_below(
    int root, const std::string& path, const Context& context,
    const std::function<Status(int directory, const std::string& at, std::string_view name, EntryKind kind)>& visit,
    const std::function<void(const std::string& at)>& leave) {
  const auto below = [](const std::string& at, std::string_view name) {
    std::string whole = at;
    if (!whole.empty()) whole += '/';
    return whole.append(name);
  };
  // Depth first, so that it holds what lies beside the way down, and not every directory there is.
  struct Step {
    std::string at = {};
    bool visited = false;
  };
  std::vector<Step> way{Step()};
  while (!way.empty()) {
    const std::string at = way.back().at;
    if (std::exchange(way.back().visited, true)) {
      leave(at);
      way.pop_back();
      continue;
    }
    const UniqueFd directory = core::open_beneath(root, at, kDirectoryFlags);
    if (!directory && core::is_gone(errno)) continue;
    if (!directory) return core::fs_error("open the directory " + below(path, at), errno);
    Status visited;
    Status read =
        core::for_each_entry(directory.get(), below(path, at), context, [&](std::string_view name, EntryKind kind) {
          if (kind == EntryKind::directory) way.push_back({below(at, name)});
          if (kind != EntryKind::directory) visited = visit(directory.get(), at, name, kind);
          return visited.has_value();
        });
    if (!read) return read;
    if (!visited) return visited;
  }
  return {};
}

// By file systems of cameras and of Windows.
bool is_not_kept(int error_number) noexcept {
  return error_number == EPERM || error_number == EOPNOTSUPP || error_number == EINVAL;
}

// Two keys have different paths, so it is the file system that takes them for one.
Error same_name() {
  return core::fail(ErrorCode::conflict, "another object has the same file name, as the file system compares names",
                    "make a new directory of backups with portable names");
}

bool is_link_refused(int error_number) noexcept {
  return error_number == EXDEV || error_number == EMLINK || error_number == EPERM || error_number == ENOSYS ||
         error_number == EOPNOTSUPP || error_number == EACCES;
}

}  // namespace

Result<FileTree> FileTree::open(int above, const std::string& name, std::string path) {
  UniqueFd directory = core::open_beneath(above, name, kDirectoryFlags);
  if (!directory && errno == ENOENT) return core::fail(ErrorCode::not_found, "there is no directory " + path);
  if (!directory) return core::fs_error("open the directory " + path, errno);
  return FileTree(std::move(directory), std::move(path));
}

Error FileTree::failed(std::string_view doing, std::string_view path, int error_number) const {
  return core::fs_error(std::string(doing) + ' ' + path_ + '/' + core::printable_excerpt(path, 400), error_number);
}

Result<UniqueFd> FileTree::open_file(std::string_view path) const {
  UniqueFd file = core::open_beneath(directory_.get(), path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  struct stat found{};
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return core::fail(ErrorCode::not_found, "the file is missing");
  if (!file || ::fstat(file.get(), &found) != 0) return failed("open", path, errno);
  if (!S_ISREG(found.st_mode)) return core::fail(ErrorCode::data_loss, "it is no regular file");
  return file;
}

int FileTree::parent(std::string_view path, bool make) {
  const std::string_view above = core::parent_of(path);
  if (parent_.fd && parent_.path == above) return parent_.fd.get();
  parent_.fd = make ? core::make_directories_beneath(directory_.get(), above, false)
                    : core::open_beneath(directory_.get(), above, kDirectoryFlags);
  parent_.path = above;
  return parent_.fd.get();
}

std::optional<FileState> FileTree::state(std::string_view path) {
  const std::scoped_lock lock(*mutex_);
  const int above = parent(path, false);
  struct stat found{};
  if (above < 0 || ::fstatat(above, std::string(core::name_of(path)).c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
    return std::nullopt;
  }
  return S_ISREG(found.st_mode) ? std::optional(state_of(found)) : std::nullopt;
}

Status FileTree::make_directory(std::string_view path) {
  const UniqueFd made = core::make_directories_beneath(directory_.get(), path, false);
  return made ? Status() : Status(failed("make the directory", path, errno));
}

Status FileTree::take(int parts, const std::string& name, std::string_view path) {
  const UniqueFd above = core::make_directories_beneath(directory_.get(), core::parent_of(path), false);
  if (!above) return failed("make the directory of", path, errno);
  const std::string to(core::name_of(path));
  if (core::rename_if_absent(parts, name, above.get(), to)) return {};
  // Without links nobody else can be asked.
  const bool asked = errno != EPERM && errno != EOPNOTSUPP;
  if (!asked && ::faccessat(above.get(), to.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) return same_name();
  if (!asked && ::renameat(parts, name.c_str(), above.get(), to.c_str()) == 0) return {};
  return errno == EEXIST ? same_name() : failed("rename to", path, errno);
}

Result<bool> FileTree::link(FileTree& old, std::string_view old_path, std::string_view path) {
  const std::scoped_lock lock(*mutex_, *old.mutex_);
  const int from = old.parent(old_path, false);
  if (from < 0) return false;
  const int to = parent(path, true);
  if (to < 0) return failed("make the directory of", path, errno);
  const std::string old_name(core::name_of(old_path));
  const std::string name(core::name_of(path));
  if (::linkat(from, old_name.c_str(), to, name.c_str(), 0) == 0) return true;
  if (errno == EEXIST) return same_name();
  if (is_link_refused(errno) || errno == ENOENT) return false;
  return failed("link", path, errno);
}

Status FileTree::walk(const std::function<void(const std::string&, bool)>& visit, const Context& context) {
  return for_each_below(
      directory_.get(), path_, context,
      [&](int, const std::string& at, std::string_view name, EntryKind kind) {
        visit((at.empty() ? at : at + '/') + std::string(name), kind == EntryKind::file);
        return Status();
      },
      [](const std::string&) {});
}

Status FileTree::sweep(const std::function<bool(const std::string&)>& stays, const Context& context) {
  return for_each_below(
      directory_.get(), path_, context,
      [&](int directory, const std::string& at, std::string_view name, EntryKind kind) {
        const std::string path = (at.empty() ? at : at + '/') + std::string(name);
        if (kind == EntryKind::file && stays(path)) return Status();
        if (::unlinkat(directory, std::string(name).c_str(), 0) == 0 || errno == ENOENT) return Status();
        return Status(failed("remove", path, errno));
      },
      [&](const std::string& at) {
        if (at.empty()) return;
        const UniqueFd above = core::open_beneath(directory_.get(), core::parent_of(at), kDirectoryFlags);
        // One that is not empty stays.
        if (above) ::unlinkat(above.get(), std::string(core::name_of(at)).c_str(), AT_REMOVEDIR);
      });
}

std::uint64_t digest_of_path(std::string_view path) {
  const crypto::Sha256Digest digest = crypto::sha256(path);
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value = value << 8 | digest[i];
  return value;
}

Result<std::string> hash_file(int file, const std::string& path, const Context& context) {
  crypto::Sha256 digest;
  const Status read = read_blocks(file, path, context, [&](Bytes block) {
    digest.update(block.view());
    return Status();
  });
  if (!read) return read.error();
  return core::hex_encode(digest.finish());
}

Status seal(int file, const std::string& path, TimePoint modified) {
  const auto since = modified.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  std::array<timespec, 2> times{};
  times[0].tv_nsec = UTIME_OMIT;
  times[1].tv_sec = seconds.count();
  times[1].tv_nsec = static_cast<long>(std::chrono::duration_cast<std::chrono::nanoseconds>(since - seconds).count());
  if (::fchmod(file, 0444) != 0 && !is_not_kept(errno)) return core::fs_error("set the mode of " + path, errno);
  if (::futimens(file, times.data()) != 0 && !is_not_kept(errno))
    return core::fs_error("set the time of " + path, errno);
  return {};
}

Status clone_file(int from, int to, const std::string& path, const Context& context) {
#ifdef FICLONE
  if (::ioctl(to, FICLONE, from) == 0) return {};
#endif
  return read_blocks(from, path, context, [&](Bytes block) {
    return core::write_all(to, block) ? Status() : Status(core::fs_error("write " + path, errno));
  });
}

Status remove_tree(int above, const std::string& name, const std::string& path, const Context& context) {
  {
    auto tree = FileTree::open(above, name, path);
    if (!tree && tree.error().code == ErrorCode::not_found) return {};
    if (!tree) return std::move(tree).error();
    if (auto status = tree->sweep([](const std::string&) { return false; }, context); !status) return status;
  }
  if (::unlinkat(above, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return {};
  return core::fs_error("remove the directory " + path, errno);
}

}  // namespace cloudkit::inline v0::syncing
