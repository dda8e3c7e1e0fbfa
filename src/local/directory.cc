#include "local/directory.h"

#include "core/beneath.h"
#include "core/directory.h"
#include "core/fs_error.h"
#include "local/attributes.h"
#include "local/key_path.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <vector>

namespace cloudkit::inline v0::local {
namespace {

using core::UniqueFd;

constexpr int kOpenFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

std::string joined(const std::string& directory, std::string_view name) {
  return (directory.empty() ? std::string() : directory + '/') + std::string(name);
}

// As core::for_each_entry; a directory that vanished or is none is an empty one.
Status for_each_entry_below(
    int bucket, const std::string& path, const Context& context,
    const std::function<bool(int directory, std::string_view name, core::EntryKind kind)>& take) {
  const UniqueFd directory = core::open_beneath(bucket, path, kOpenFlags);
  if (!directory && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) return {};
  if (!directory) return core::fs_error("open the directory " + path, errno);
  return core::for_each_entry(directory.get(), path, context, [&](std::string_view name, core::EntryKind kind) {
    return take(directory.get(), name, kind);
  });
}

enum class Sight { passed_by, entered, found };

// Whether anything below `path` is found. `visited` gets the directories, those above first.
Result<bool> find_below(int bucket, const std::string& path, const Context& context,
                        const std::function<Sight(int directory, std::string_view name, core::EntryKind kind)>& look,
                        std::vector<std::string>* visited = nullptr) {
  std::vector<std::string> waiting{path};
  bool found = false;
  while (!waiting.empty() && !found) {
    const std::string at = std::move(waiting.back());
    waiting.pop_back();
    if (visited != nullptr) visited->push_back(at);
    const Status read =
        for_each_entry_below(bucket, at, context, [&](int directory, std::string_view name, core::EntryKind kind) {
          const Sight sight = look(directory, name, kind);
          if (sight == Sight::entered) waiting.push_back(joined(at, name));
          found = sight == Sight::found;
          return !found;
        });
    if (!read) return read.error();
  }
  return found;
}

}  // namespace

Result<bool> contains_object(int bucket, const std::string& path, const Context& context) {
  return find_below(bucket, path, context, [](int directory, std::string_view name, core::EntryKind kind) {
    if (kind == core::EntryKind::file) remove_if_abandoned(directory, name);
    if (is_reserved(name) || kind == core::EntryKind::other) return Sight::passed_by;
    return kind == core::EntryKind::directory ? Sight::entered : Sight::found;
  });
}

Result<bool> holds_others(int bucket, const Context& context) {
  return find_below(bucket, "", context, [](int, std::string_view name, core::EntryKind kind) {
    if (kind == core::EntryKind::directory) return Sight::entered;
    return kind == core::EntryKind::file && is_reserved(name) ? Sight::passed_by : Sight::found;
  });
}

void remove_empty_tree(int bucket, const std::string& path, const Context& context) {
  std::vector<std::string> directories;
  const auto look = [](int, std::string_view, core::EntryKind kind) {
    return kind == core::EntryKind::directory ? Sight::entered : Sight::found;
  };
  if (find_below(bucket, path, context, look, &directories).value_or(true)) return;
  for (auto it = directories.rbegin(); it != directories.rend(); ++it) core::prune_beneath(bucket, *it);
}

void remove_if_abandoned(int directory, std::string_view name) noexcept {
  // Locks of other machines do not show on every network file system.
  constexpr std::time_t kMinAge = 3600;
  if (!name.starts_with(kTemporaryPrefix)) return;
  const std::string path(name);
  struct stat state{};
  const auto is_old = [&] { return S_ISREG(state.st_mode) && std::time(nullptr) - state.st_mtim.tv_sec > kMinAge; };
  if (::fstatat(directory, path.c_str(), &state, AT_SYMLINK_NOFOLLOW) != 0 || !is_old()) return;
  const UniqueFd file(::openat(directory, path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file || ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return;
  if (::fstat(file.get(), &state) == 0 && is_old() && ::unlinkat(directory, path.c_str(), 0) == 0) {
    remove_sidecar(directory, state);
  }
}

Status remove_leftovers(int bucket, const Context& context) {
  std::vector<std::string> directories{""};
  for (std::size_t i = 0; i < directories.size(); ++i) {
    const std::string at = directories[i];
    const Status read =
        for_each_entry_below(bucket, at, context, [&](int directory, std::string_view name, core::EntryKind kind) {
          if (kind == core::EntryKind::directory) directories.push_back(joined(at, name));
          if (kind == core::EntryKind::file && is_reserved(name)) ::unlinkat(directory, std::string(name).c_str(), 0);
          return true;
        });
    if (!read) return read;
  }
  for (auto it = directories.rbegin(); it != directories.rend(); ++it) core::prune_beneath(bucket, *it);
  return {};
}

}  // namespace cloudkit::inline v0::local
