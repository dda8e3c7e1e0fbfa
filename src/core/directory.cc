#include "core/directory.h"

#include "core/fs_error.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

namespace cloudkit::inline v0::core {
namespace {

constexpr int kContextStep = 1024;

EntryKind kind_of_entry(int directory, const dirent& entry) {
  if (entry.d_type == DT_REG) return EntryKind::file;
  if (entry.d_type == DT_DIR) return EntryKind::directory;
  struct stat state{};
  // Some file systems leave the type to stat.
  if (entry.d_type != DT_UNKNOWN || ::fstatat(directory, entry.d_name, &state, AT_SYMLINK_NOFOLLOW) != 0) {
    return EntryKind::other;
  }
  if (S_ISREG(state.st_mode)) return EntryKind::file;
  return S_ISDIR(state.st_mode) ? EntryKind::directory : EntryKind::other;
}

}  // namespace

Status for_each_entry(int directory, const std::string& path, const Context& context,
                      const std::function<bool(std::string_view, EntryKind)>& take) {
  const int duplicate = ::fcntl(directory, F_DUPFD_CLOEXEC, 0);
  DIR* const opened = duplicate < 0 ? nullptr : ::fdopendir(duplicate);
  if (opened == nullptr) {
    Error error = fs_error("open the directory " + path, errno);
    if (duplicate >= 0) ::close(duplicate);
    return error;
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(opened, ::closedir);
  for (int count = 0;; ++count) {
    if (count % kContextStep == 0) {
      if (auto status = context.check(); !status) return status;
    }
    errno = 0;
    const dirent* const entry = ::readdir(stream.get());
    // ENOENT: the directory was removed meanwhile; it is as good as empty.
    if (entry == nullptr && errno != 0 && errno != ENOENT) return fs_error("read the directory " + path, errno);
    if (entry == nullptr) return {};
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (!take(name, kind_of_entry(directory, *entry))) return {};
  }
}

}  // namespace cloudkit::inline v0::core
