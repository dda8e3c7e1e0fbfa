#include "local/file_state.h"

#include "core/beneath.h"
#include "core/content_type.h"
#include "core/fail.h"
#include "core/fs_error.h"
#include "core/object_rules.h"
#include "core/time.h"
#include "local/key_path.h"

#include <fcntl.h>
#include <fmt/format.h>
#ifdef __linux__
#include <linux/fs.h>
#include <sys/ioctl.h>
#endif

#include <cerrno>

namespace cloudkit::inline v0::local {
namespace {

Error cannot_open(const BucketDir& bucket, std::string_view key, int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
    case ENXIO:  // A socket.
      return core::no_such_object(key);
    case ELOOP: {
      Error error = core::no_such_object(key);
      error.hint = "there is a symbolic link, and links below a bucket are not followed";
      return error;
    }
    default: return core::fs_error("open " + bucket.path_of(key), error_number);
  }
}

std::string plain_token(const struct stat& state) {
  return fmt::format("{:x}-{:x}-{:x}.{:x}-{:x}.{:x}", static_cast<std::uint64_t>(state.st_ino),
                     static_cast<std::uint64_t>(state.st_size), state.st_mtim.tv_sec, state.st_mtim.tv_nsec,
                     state.st_ctim.tv_sec, state.st_ctim.tv_nsec);
}

// As ext4 with inodes of 128 bytes: https://docs.kernel.org/filesystems/ext4/inodes.html#inode-timestamps
bool in_whole_seconds(const struct stat& state) { return state.st_mtim.tv_nsec == 0 && state.st_ctim.tv_nsec == 0; }

// Another one whenever the inode's number is used again. Nothing where the file system tells none.
std::string generation_of([[maybe_unused]] int file) {
#ifdef FS_IOC_GETVERSION
  unsigned generation[sizeof(long) / sizeof(unsigned)] = {};  // Of a long, as the call is declared, one int is set.
  if (file >= 0 && ::ioctl(file, FS_IOC_GETVERSION, generation) == 0) return fmt::format("-{:x}", generation[0]);
#endif
  return {};
}

}  // namespace

std::string token_of(int file, const struct stat& state) {
  return in_whole_seconds(state) ? plain_token(state) + generation_of(file) : plain_token(state);
}

std::string token_of(int directory, const std::string& name, const struct stat& state) {
  if (!in_whole_seconds(state)) return plain_token(state);
  const core::UniqueFd file(
      ::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  return token_of(file.get(), state);
}

TimePoint modified_of(const struct stat& state) { return core::from_unix(state.st_mtim.tv_sec, state.st_mtim.tv_nsec); }

ObjectInfo info_of(std::string_view key, int file, const struct stat& state, Attributes attributes) {
  ObjectInfo info;
  info.key = key;
  info.size = static_cast<std::uint64_t>(state.st_size);
  info.token = token_of(file, state);
  info.modified = modified_of(state);
  info.content = std::move(attributes.content);
  if (info.content.type.empty()) info.content.type = core::content_type_of(key);  // Of a file that others made.
  info.metadata = std::move(attributes.metadata);
  return info;
}

bool same_content(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

Status check_early(const BucketDir& bucket, std::string_view key, const Condition& condition) {
  if (!condition) return {};
  const core::UniqueFd directory =
      core::open_beneath(bucket.fd.get(), core::parent_of(key), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!directory) return errno == ENOENT ? core::check_condition(condition, nullptr) : Status();
  const std::string name(core::name_of(key));
  struct stat state{};
  const bool found = ::fstatat(directory.get(), name.c_str(), &state, AT_SYMLINK_NOFOLLOW) == 0;
  if (found ? !S_ISREG(state.st_mode) : errno != ENOENT) return {};
  const std::string token = found ? token_of(directory.get(), name, state) : std::string();
  return core::check_condition(condition, found ? &token : nullptr);
}

Result<OpenObject> open_object(const BucketDir& bucket, std::string_view key) {
  OpenObject object;
  // Each repetition means that another writer made progress meanwhile.
  for (int tries = 0; tries < core::kMaxTries; ++tries) {
    // O_NONBLOCK, so that a FIFO is refused below instead of waited for.
    object.file = core::open_beneath(bucket.fd.get(), key, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (!object.file) return cannot_open(bucket, key, errno);
    if (::fstat(object.file.get(), &object.state) != 0) return core::fs_error("stat " + bucket.path_of(key), errno);
    if (!S_ISREG(object.state.st_mode)) return core::no_such_object(key);
    auto loaded = load_attributes(bucket.fd.get(), core::parent_of(key), object.file.get(), object.state);
    if (!loaded) return std::move(loaded).error();
    object.attributes = std::move(loaded->attributes);
    // A put that replaced this file has also removed its sidecar: read the new one instead.
    struct stat now{};
    if (loaded->found || ::fstat(object.file.get(), &now) != 0 || now.st_nlink > 0) return object;
  }
  return core::fail(ErrorCode::conflict, fmt::format("{} is replaced all the time", bucket.path_of(key)), "try again");
}

std::string_view kind_of(const struct stat& state) {
  if (S_ISDIR(state.st_mode)) return "a directory";
  if (S_ISLNK(state.st_mode)) return "a symbolic link";
  if (S_ISFIFO(state.st_mode)) return "a FIFO";
  if (S_ISSOCK(state.st_mode)) return "a socket";
  return "a device";
}

}  // namespace cloudkit::inline v0::local
