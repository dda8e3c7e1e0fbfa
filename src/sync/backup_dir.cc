#include "sync/backup_dir.h"

#include "core/beneath.h"
#include "core/directory.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/fs_error.h"
#include "core/log.h"
#include "core/time.h"
#include "core/write_all.h"
#include "sync/file_tree.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cstdio>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

namespace cloudkit::inline v0::syncing {
namespace {

using core::EntryKind;
using core::UniqueFd;

constexpr const char* kState = ".cloudkit";
constexpr const char* kLatest = "latest";
constexpr const char* kNewLatest = ".cloudkit/latest.new";
constexpr std::string_view kRemoved = "removed-";

// For people: who holds the lock.
std::string holder_text() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
  return fmt::format("process {} on {}, since {}\n", ::getpid(), host.data(),
                     core::format_rfc3339(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())));
}

std::string read_holder(int file) {
  std::array<char, 400> text{};
  const ssize_t count = ::pread(file, text.data(), text.size(), 0);
  const std::string_view read(text.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  return core::printable_excerpt(core::trim(read.substr(0, read.find('\n'))), 300);
}

// "s3://reports" would be a directory "s3:", and nobody looks for a backup there. "/mnt/s3://x" is a path.
bool is_url(std::string_view path) {
  const std::size_t colon = path.find("://");
  return colon != std::string_view::npos && path.substr(0, colon).find('/') == std::string_view::npos;
}

}  // namespace

std::string snapshot_name(TimePoint time) {
  std::string name = core::format_rfc3339(std::chrono::floor<std::chrono::seconds>(time));
  std::replace(name.begin(), name.end(), ':', '-');
  return name;
}

std::optional<TimePoint> time_of_snapshot(std::string_view name) {
  if (name.size() != 20) return std::nullopt;
  std::string text(name);
  text[13] = text[16] = ':';
  const auto time = core::parse_rfc3339(text);
  return time && snapshot_name(*time) == name ? time : std::nullopt;
}

Result<BackupDir> BackupDir::open(const std::string& path, Access access) {
  if (path.empty() || path.find('\0') != std::string::npos) return core::invalid_argument("the directory has no name");
  if (is_url(path)) {
    return core::invalid_argument(core::printable_excerpt(path, 200) + " is a URL, and no directory of this machine",
                                  "give its path; backup_shard makes snapshots in a bucket");
  }
  std::error_code error;
  if (access == Access::write) std::filesystem::create_directories(path, error);
  if (error) return core::fs_error("make the directory " + path, error.value());
  // The directory itself is the caller's word, and may be a link.
  UniqueFd root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root && errno == ENOENT) return core::fail(ErrorCode::not_found, "there is no directory " + path);
  if (!root) return core::fs_error("open the directory " + path, errno);
  BackupDir dir(path, std::move(root));
  if (access == Access::write && ::mkdirat(dir.root(), kState, 0777) != 0 && errno != EEXIST) {
    return core::fs_error("make the directory " + dir.path_of(kState), errno);
  }
  dir.state_ = core::open_beneath(dir.root(), kState, kDirectoryFlags);
  if (!dir.state_ && errno == ENOENT) {
    return core::fail(ErrorCode::not_found, "there are no backups in " + path,
                      "name the directory that backup was given");
  }
  if (!dir.state_) return core::fs_error("open the directory " + dir.path_of(kState), errno);
  if (access != Access::read) {
    if (auto status = dir.lock(); !status) return status.error();
  }
  return dir;
}

Status BackupDir::lock() {
  UniqueFd file(::openat(state(), "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!file) return core::fs_error("open " + state_path_of("lock"), errno);
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return core::fs_error("lock " + state_path_of("lock"), errno);
    Error error =
        core::fail(ErrorCode::conflict, "another backup or prune of it is running: " + read_holder(file.get()),
                   "wait for its end; when it is killed its lock is gone with it");
    error.retryable = true;
    return error;
  }
  if (::ftruncate(file.get(), 0) != 0 || !core::write_all(file.get(), holder_text())) {
    return core::fs_error("write " + state_path_of("lock"), errno);
  }
  lock_ = std::move(file);
  return {};
}

Result<std::vector<std::string>> BackupDir::names_with(std::string_view suffix, const Context& context) const {
  std::vector<std::string> names;
  const UniqueFd fresh = core::open_beneath(root(), "", kDirectoryFlags);
  if (!fresh) return core::fs_error("open the directory " + path_, errno);
  Status read = core::for_each_entry(fresh.get(), path_, context, [&](std::string_view name, EntryKind kind) {
    if (kind != EntryKind::directory || !name.ends_with(suffix)) return true;
    name.remove_suffix(suffix.size());
    if (time_of_snapshot(name)) names.emplace_back(name);
    return true;
  });
  if (!read) return read.error();
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::vector<std::string>> BackupDir::names(const Context& context) const { return names_with("", context); }

Result<std::vector<std::string>> BackupDir::partial_names(const Context& context) const {
  return names_with(kPartial, context);
}

Result<std::string> BackupDir::resolve(const std::string& name, const Context& context) const {
  auto found = names(context);
  if (!found) return std::move(found).error();
  if (name.empty() && !found->empty()) return found->back();
  if (!name.empty() && std::find(found->begin(), found->end(), name) != found->end()) return name;
  if (name.empty()) return core::fail(ErrorCode::not_found, "there is no finished snapshot in " + path_);
  std::string there;
  for (std::size_t i = found->size() - std::min<std::size_t>(found->size(), 5); i < found->size(); ++i) {
    core::append_listed(there, (*found)[i]);
  }
  return core::fail(ErrorCode::not_found,
                    fmt::format("there is no snapshot {} in {}", core::printable_excerpt(name, 60), path_),
                    there.empty() ? "" : "the newest are: " + there);
}

bool BackupDir::has_state(const std::string& name) const noexcept {
  return ::faccessat(state(), name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

void BackupDir::remove_state(const std::string& name) const noexcept { ::unlinkat(state(), name.c_str(), 0); }

Result<bool> BackupDir::link_state(const std::string& name, const std::string& second, bool sync) const {
  if (::linkat(state(), name.c_str(), state(), second.c_str(), 0) != 0) return false;
  if (sync && !core::sync_directory(state())) return core::fs_error("fsync " + state_path_of(""), errno);
  return true;
}

void BackupDir::set_latest(const std::string& name, bool sync) const {
  if (auto status = replace_latest(name, sync); !status) {
    core::log(LogLevel::warn, "the link to the newest snapshot was not set", {{"error", status.error().message}});
  }
}

Status BackupDir::replace_latest(const std::string& name, bool sync) const {
  std::array<char, 64> old{};
  const ssize_t size = ::readlinkat(root(), kLatest, old.data(), old.size());
  if (size > 0 && std::string_view(old.data(), static_cast<std::size_t>(size)) == name) return {};
  ::unlinkat(root(), kNewLatest, 0);
  if (::symlinkat(name.c_str(), root(), kNewLatest) != 0) {
    // A file system without links: the names say it, too.
    if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS) return {};
    return core::fs_error("make the link " + path_of(kLatest), errno);
  }
  if (::renameat(root(), kNewLatest, root(), kLatest) != 0)
    return core::fs_error("rename to " + path_of(kLatest), errno);
  if (sync && !core::sync_directory(root())) return core::fs_error("fsync " + path_, errno);
  return {};
}

Status BackupDir::rename(const std::string& from, const std::string& to, bool sync) const {
  if (::renameat(root(), from.c_str(), root(), to.c_str()) != 0) {
    return core::fs_error("rename " + path_of(from) + " to " + to, errno);
  }
  if (sync && !core::sync_directory(root())) return core::fs_error("fsync " + path_, errno);
  return {};
}

Status BackupDir::remove_snapshot(const std::string& name, const Context& context) const {
  const std::string removed = std::string(kRemoved) + name;
  if (::renameat(root(), name.c_str(), state(), removed.c_str()) != 0) {
    return core::fs_error("take away " + path_of(name), errno);
  }
  remove_state(name + std::string(kManifest));
  return remove_tree(state(), removed, state_path_of(removed), context);
}

Status BackupDir::clean(const Context& context) const {
  std::vector<std::string> removed;
  std::vector<std::string> stale;
  const UniqueFd fresh = core::open_beneath(state(), "", kDirectoryFlags);
  if (!fresh) return core::fs_error("open the directory " + path_of(kState), errno);
  Status read = core::for_each_entry(fresh.get(), path_of(kState), context, [&](std::string_view name, EntryKind kind) {
    if (kind == EntryKind::directory && name.starts_with(kRemoved)) removed.emplace_back(name);
    if (name.ends_with(".unfinished") || name == "latest.new") stale.emplace_back(name);
    const std::string_view snapshot = name.substr(0, std::min<std::size_t>(name.size(), 20));
    const bool is_plan = name.substr(snapshot.size()) == kPlan || name.substr(snapshot.size()) == kJournal;
    if (!is_plan || !time_of_snapshot(snapshot)) return true;
    const std::string partial = std::string(snapshot) + std::string(kPartial);
    if (::faccessat(root(), partial.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) != 0) stale.emplace_back(name);
    return true;
  });
  if (!read) return read;
  for (const std::string& name : stale) remove_state(name);
  for (const std::string& name : removed) {
    remove_state(name.substr(kRemoved.size()) + std::string(kManifest));
    // What cannot be removed is in nobody's way.
    if (auto status = remove_tree(state(), name, state_path_of(name), context); !status) {
      core::log(LogLevel::warn, "a removed snapshot's files stay", {{"error", status.error().message}});
    }
  }
  return context.check();
}

}  // namespace cloudkit::inline v0::syncing
