#include "sync/snapshot.h"

#include "core/fail.h"
#include "core/fs_error.h"

#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

namespace cloudkit::inline v0 {
namespace syncing {

Result<OpenSnapshot> open_snapshot(const BackupDir& dir, const std::string& name, const Context& context) {
  auto found = dir.resolve(name, context);
  if (!found) return std::move(found).error();
  const std::string file = *found + std::string(kManifest);
  auto manifest = ManifestReader::open(dir.state(), file, dir.state_path_of(file));
  if (!manifest) return std::move(manifest).error();
  const auto locked = lock_manifest(manifest->file(), false, dir.state_path_of(file));
  if (!locked.has_value()) return locked.error();
  if (!*locked) {
    Error error =
        core::fail(ErrorCode::conflict, "a prune is removing " + dir.path_of(*found), "name another snapshot");
    error.retryable = true;
    return error;
  }
  auto tree = FileTree::open(dir.root(), *found, dir.path_of(*found));
  if (!tree) return std::move(tree).error();
  return OpenSnapshot{*std::move(found), *std::move(manifest), *std::move(tree)};
}

Result<bool> lock_manifest(int file, bool alone, const std::string& path) {
  while (::flock(file, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno == EWOULDBLOCK) return false;
    if (errno == ENOLCK || errno == ENOSYS || errno == EOPNOTSUPP) return true;
    return core::fs_error("lock " + path, errno);
  }
  return true;
}

Result<core::UniqueFd> open_checked(const FileTree& tree, const Entry& entry) {
  auto file = tree.open_file(entry.path);
  if (!file) return std::move(file).error();
  struct stat state{};
  if (::fstat(file->get(), &state) != 0) return core::fs_error("stat " + tree.path_of(entry.path), errno);
  const auto size = static_cast<std::uint64_t>(state.st_size);
  if (size == entry.info.size) return file;
  return core::fail(ErrorCode::data_loss,
                    fmt::format("the file has {} bytes, and its object had {}", size, entry.info.size));
}

Status check_bytes(int file, const FileTree& tree, const Entry& entry, const Context& context) {
  const auto digest = hash_file(file, tree.path_of(entry.path), context);
  if (!digest) return digest.error();
  if (*digest == entry.sha256) return {};
  return core::fail(ErrorCode::data_loss, "the file's bytes have changed: its SHA-256 is another one");
}

}  // namespace syncing

Result<std::vector<Snapshot>> list_snapshots(const std::string& directory) {
  using namespace syncing;
  const auto dir = BackupDir::open(directory, BackupDir::Access::read);
  if (!dir) return dir.error();
  const auto names = dir->names({});
  if (!names) return names.error();
  std::vector<Snapshot> snapshots;
  for (const std::string& name : *names) {
    Snapshot snapshot;
    snapshot.name = name;
    snapshot.started = time_of_snapshot(name).value_or(TimePoint());
    const std::string file = name + std::string(kManifest);
    const auto summary = read_summary(dir->state(), file, dir->state_path_of(file));
    if (!summary) {
      snapshot.damage = summary.error();
    } else {
      snapshot.started = summary->first.started;
      snapshot.source = summary->first.source;
      snapshot.objects = summary->second.objects;
      snapshot.bytes = summary->second.bytes;
      snapshot.failed = summary->second.failed;
      snapshot.vanished = summary->second.vanished;
    }
    snapshots.push_back(std::move(snapshot));
  }
  return snapshots;
}

}  // namespace cloudkit::inline v0
