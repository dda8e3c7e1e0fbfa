#include "local_tree.h"

#include "location.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <random>
#include <vector>

namespace cloudkit::tool {
namespace {

namespace fs = std::filesystem;

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

Error refused(std::string_view why) {
  return {ErrorCode::invalid_argument, "refused as the name of a file: " + std::string(why)};
}

// The directories of "a/b/c": "a/b".
std::string_view directories_of(std::string_view name) noexcept {
  const std::size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : name.substr(0, slash);
}

std::string_view take_segment(std::string_view& path) noexcept {
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(std::min(segment.size() + 1, path.size()));
  return segment;
}

// file:// buckets hide names that begin so, as they hide those of unfinished objects.
std::string temporary_name() {
  std::random_device random;
  return fmt::format(".ck-tmp-{:08x}{:08x}", random(), random());
}

std::string_view kind_of(const fs::directory_entry& entry) {
  std::error_code ignored;
  switch (entry.symlink_status(ignored).type()) {
    case fs::file_type::symlink: return "a symbolic link, which is not followed";
    case fs::file_type::fifo: return "a FIFO";
    case fs::file_type::socket: return "a socket";
    case fs::file_type::block:
    case fs::file_type::character: return "a device";
    default: return "neither a file nor a directory";
  }
}

// Of what was made in it: the names outlive a loss of power. EINVAL: a file system that has no such thing.
Status sync_names(int directory, const std::string& path) {
  if (::fsync(directory) == 0 || errno == EINVAL) return {};
  return io_error("fsync the directory " + path, errno);
}

}  // namespace

Status check_relative(std::string_view name) {
  if (name.empty()) return refused("it is empty");
  if (name.front() == '/') return refused("it begins with '/'");
  if (name.back() == '/') return refused("it ends with '/'");
  if (name.find('\0') != std::string_view::npos) return refused("it holds a NUL byte");
  if (name.find('\\') != std::string_view::npos) return refused("it holds a backslash");
  while (!name.empty()) {
    const std::string_view segment = take_segment(name);
    if (segment.empty()) return refused("it holds \"//\"");
    if (segment == "." || segment == "..") return refused(fmt::format("it holds \"{}\"", segment));
  }
  return {};
}

NewFile::NewFile(UniqueFd directory, UniqueFd file, std::string temporary, std::string name, std::optional<mode_t> mode)
    : directory_(std::move(directory)),
      file_(std::move(file)),
      temporary_(std::move(temporary)),
      name_(std::move(name)),
      mode_(mode) {}

NewFile::~NewFile() {
  if (!published_) ::unlinkat(directory_.get(), temporary_.c_str(), 0);
}

Status NewFile::write(Bytes chunk) { return write_fully(file_.get(), chunk, name_); }

Status NewFile::publish(bool only_if_absent, bool durable) {
  // Where the file system has no permissions to set, it stays its owner's alone.
  if (mode_) static_cast<void>(::fchmod(file_.get(), *mode_));
  if (::fsync(file_.get()) != 0) return io_error("fsync " + name_, errno);
  if (only_if_absent) {
    if (!rename_if_absent()) {
      if (errno == EEXIST) return Error(ErrorCode::precondition_failed, name_ + " exists already");
      return io_error("rename to " + name_, errno);
    }
  } else {
    if (::renameat(directory_.get(), temporary_.c_str(), directory_.get(), name_.c_str()) != 0) {
      return io_error("rename to " + name_, errno);
    }
    published_ = true;
  }
  if (durable && ::fsync(directory_.get()) != 0) return io_error("fsync the directory of " + name_, errno);
  return {};
}

// FAT and exFAT have no links; kernels and file systems that know no such rename have them. After a link the temporary
// name goes with this object.
bool NewFile::rename_if_absent() {
#ifdef RENAME_NOREPLACE
  published_ =
      ::renameat2(directory_.get(), temporary_.c_str(), directory_.get(), name_.c_str(), RENAME_NOREPLACE) == 0;
  if (published_ || (errno != EINVAL && errno != ENOSYS)) return published_;
#endif
  return ::linkat(directory_.get(), temporary_.c_str(), directory_.get(), name_.c_str(), 0) == 0;
}

Result<LocalTree> LocalTree::open(const std::string& path) {
  UniqueFd root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (root) return LocalTree(std::move(root), path);
  return io_error("open the directory " + path, errno);
}

Result<LocalTree> LocalTree::open_parent_of(const std::string& path) {
  const fs::path whole(path);
  return open(whole.has_parent_path() ? whole.parent_path().string() : ".");
}

Result<LocalTree> LocalTree::create(const std::string& path, bool durable) {
  std::error_code error;
  const fs::path whole = fs::path(path).lexically_normal();
  std::vector<std::string> changed;
  for (fs::path at = whole; durable && !at.empty() && !fs::exists(at, error); at = at.parent_path()) {
    changed.push_back(at.has_parent_path() ? at.parent_path().string() : ".");
  }
  fs::create_directories(whole, error);
  if (error) return io_error("make the directory " + path, error.value());
  for (const std::string& directory : changed) {
    const UniqueFd at(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!at) return io_error("open the directory " + directory, errno);
    if (auto status = sync_names(at.get(), directory); !status) return status.error();
  }
  auto tree = open(path);
  if (tree) tree->durable_ = durable;
  return tree;
}

std::string LocalTree::path_of(std::string_view name) const {
  return fmt::format("{}{}{}", path_, path_.ends_with('/') ? "" : "/", name);
}

Result<UniqueFd> LocalTree::open_directory(std::string_view name, bool create) const {
  UniqueFd at(::fcntl(root_.get(), F_DUPFD_CLOEXEC, 0));
  if (!at) return io_error("open the directory " + path_, errno);
  for (std::string_view rest = name; !rest.empty();) {
    const std::string segment(take_segment(rest));
    UniqueFd next(::openat(at.get(), segment.c_str(), kDirectory));
    if (!next && errno == ENOENT && create) {
      if (::mkdirat(at.get(), segment.c_str(), 0777) != 0 && errno != EEXIST) {
        return io_error("make the directory " + path_of(name), errno);
      }
      if (durable_) {
        if (auto status = sync_names(at.get(), "above " + path_of(name)); !status) return status.error();
      }
      next = UniqueFd(::openat(at.get(), segment.c_str(), kDirectory));
    }
    if (!next && (errno == ELOOP || errno == ENOTDIR)) {
      return Error(ErrorCode::io,
                   fmt::format("\"{}\" in {} is a symbolic link or no directory", segment, path_of(name)),
                   "links are not followed, as they may lead elsewhere");
    }
    if (!next) return io_error("open the directory " + path_of(name), errno);
    at = std::move(next);
  }
  return at;
}

Result<std::unique_ptr<Source>> LocalTree::read(const std::string& name) const {
  const auto directory = open_directory(directories_of(name), false);
  if (!directory) return directory.error();
  const std::string last(last_name(name));
  // O_NONBLOCK, so that a FIFO is refused instead of waited for.
  UniqueFd file(::openat(directory->get(), last.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!file) return io_error("open " + path_of(name), errno);
  return make_fd_source(std::move(file), path_of(name));
}

Result<std::unique_ptr<NewFile>> LocalTree::write(const std::string& name) const {
  if (auto status = check_relative(name); !status) return status.error();
  auto directory = open_directory(directories_of(name), true);
  if (!directory) return std::move(directory).error();
  std::string temporary = temporary_name();
  std::string last(last_name(name));
  // Who may read the old content may read the new one, and nobody else, nor before it is whole.
  struct stat old{};
  const bool replaces =
      ::fstatat(directory->get(), last.c_str(), &old, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(old.st_mode);
  const auto mode = replaces ? std::optional<mode_t>(old.st_mode & 0777) : std::nullopt;
  UniqueFd file(::openat(directory->get(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                         replaces ? 0600 : 0666));
  if (!file) return io_error("create a file for " + path_of(name), errno);
  return std::make_unique<NewFile>(*std::move(directory), std::move(file), std::move(temporary), std::move(last), mode);
}

Status LocalTree::make_directory(const std::string& name) const {
  const auto directory = open_directory(name, true);
  return directory ? Status{} : Status(directory.error());
}

bool LocalTree::exists(const std::string& name) const {
  struct stat found{};
  const auto directory = open_directory(directories_of(name), false);
  return directory &&
         ::fstatat(directory->get(), std::string(last_name(name)).c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0;
}

Result<LocalTree::Identity> LocalTree::identify(const std::string& name) const {
  const auto directory = open_directory(directories_of(name), false);
  if (!directory) return directory.error();
  struct stat found{};
  if (::fstatat(directory->get(), std::string(last_name(name)).c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return Error(ErrorCode::not_found, path_of(name) + ": there is no such file");
    return io_error("look at " + path_of(name), errno);
  }
  if (!S_ISREG(found.st_mode)) return Error(ErrorCode::io, path_of(name) + " is not a regular file");
#ifdef __APPLE__
  const timespec changed = found.st_ctimespec;
#else
  const timespec changed = found.st_ctim;
#endif
  return Identity{static_cast<std::uint64_t>(found.st_dev), found.st_ino, static_cast<std::uint64_t>(found.st_size),
                  std::int64_t{changed.tv_sec} * 1'000'000'000 + changed.tv_nsec};
}

Status LocalTree::remove(const std::string& name, const Identity& identity) const {
  const auto now = identify(name);
  if (!now) return now.error();
  if (*now != identity) {
    return Error(ErrorCode::conflict, path_of(name) + " changed while it was moved, and is kept", "move it again");
  }
  const auto directory = open_directory(directories_of(name), false);
  if (!directory) return directory.error();
  if (::unlinkat(directory->get(), std::string(last_name(name)).c_str(), 0) != 0) {
    return io_error("remove " + path_of(name), errno);
  }
  return {};
}

void LocalTree::remove_empty_directories() const {
  std::error_code ignored;
  std::vector<fs::path> directories{path_};
  // Links are not followed.
  for (fs::recursive_directory_iterator it(path_, ignored), end; !ignored && it != end; it.increment(ignored)) {
    if (it->symlink_status(ignored).type() == fs::file_type::directory) directories.push_back(it->path());
  }
  std::sort(directories.rbegin(), directories.rend());
  for (const fs::path& directory : directories) ::rmdir(directory.c_str());
}

void LocalTree::walk(const Visitor& visitor) const { walk_below({}, visitor); }

// By path: a directory that is replaced by a link meanwhile gives names which `read` refuses.
void LocalTree::walk_below(const std::string& directory, const Visitor& visitor) const {
  const std::string path = directory.empty() ? path_ : path_of(directory);
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  fs::directory_iterator it(path, error);
  for (; !error && it != fs::directory_iterator(); it.increment(error)) entries.push_back(*it);
  if (error) visitor.failed(io_error("read the directory " + path, error.value()));
  std::sort(entries.begin(), entries.end());
  for (const fs::directory_entry& entry : entries) {
    if (visitor.stop()) return;
    const std::string last = entry.path().filename().string();
    const std::string name = directory.empty() ? last : fmt::format("{}/{}", directory, last);
    switch (entry.symlink_status(error).type()) {
      case fs::file_type::directory: walk_below(name, visitor); break;
      case fs::file_type::regular: visitor.file(name); break;
      // In a directory that may be read, but not entered.
      case fs::file_type::none: visitor.failed(io_error("look at " + path_of(name), error.value())); break;
      default: visitor.skipped(name, std::string(kind_of(entry)));
    }
  }
}

}  // namespace cloudkit::tool
