#include "local/directory.h"

#include "local/beneath.h"
#include "local/fs_error.h"
#include "local/key_path.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <vector>

namespace cloudkit::inline v0::local {
namespace {

using core::UniqueFd;

constexpr int kOpenFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
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

std::string joined(const std::string& directory, std::string_view name) {
  return (directory.empty() ? std::string() : directory + '/') + std::string(name);
}

// As for_each_entry; a directory that vanished or is none is an empty one.
Status for_each_entry_below(int bucket, const std::string& path, const Context& context,
                            const std::function<bool(int directory, std::string_view name, EntryKind kind)>& take) {
  const UniqueFd directory = open_beneath(bucket, path, kOpenFlags);
  if (!directory && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) return {};
  if (!directory) return fs_error("open the directory " + path, errno);
  return for_each_entry(directory.get(), path, context,
                        [&](std::string_view name, EntryKind kind) { return take(directory.get(), name, kind); });
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

Result<bool> contains_object(int bucket, const std::string& path, const Context& context) {
  std::vector<std::string> waiting{path};
  bool found = false;
  while (!waiting.empty() && !found) {
    const std::string at = std::move(waiting.back());
    waiting.pop_back();
    const Status read = for_each_entry_below(bucket, at, context, [&](int, std::string_view name, EntryKind kind) {
      if (is_reserved(name)) return true;
      if (kind == EntryKind::directory) waiting.push_back(joined(at, name));
      found = kind == EntryKind::file;
      return !found;
    });
    if (!read) return read.error();
  }
  return found;
}

Status remove_leftovers(int bucket, const Context& context) {
  std::vector<std::string> directories{""};
  for (std::size_t i = 0; i < directories.size(); ++i) {
    const std::string at = directories[i];
    const Status read =
        for_each_entry_below(bucket, at, context, [&](int directory, std::string_view name, EntryKind kind) {
          if (kind == EntryKind::directory) directories.push_back(joined(at, name));
          if (kind == EntryKind::file && is_reserved(name)) ::unlinkat(directory, std::string(name).c_str(), 0);
          return true;
        });
    if (!read) return read;
  }
  for (auto it = directories.rbegin(); it != directories.rend(); ++it) prune_beneath(bucket, *it);
  return {};
}

}  // namespace cloudkit::inline v0::local
