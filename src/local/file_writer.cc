#include "local/file_writer.h"

#include "core/beneath.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/fs_error.h"
#include "core/object_rules.h"
#include "core/random.h"
#include "core/source_chunks.h"
#include "core/write_all.h"
#include "local/directory.h"
#include "local/file_state.h"
#include "local/key_path.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <memory>

namespace cloudkit::inline v0::local {
namespace {

using core::UniqueFd;

std::string temporary_name() { return fmt::format("{}{}", kTemporaryPrefix, core::random_hex(8)); }

Error in_the_way(std::string_view key, std::string_view what) {
  return core::fail(ErrorCode::conflict,
                    fmt::format("{} is in the way of \"{}\"", what, core::printable_excerpt(key, 80)),
                    "files cannot hold both \"a\" and \"a/b\", and links are not followed");
}

// Which part of the key is no directory.
Error blocked_directory(const BucketDir& bucket, std::string_view key) {
  for (std::size_t slash = key.find('/'); slash != std::string_view::npos; slash = key.find('/', slash + 1)) {
    const std::string_view part = key.substr(0, slash);
    const UniqueFd above = core::open_beneath(bucket.fd.get(), core::parent_of(part), O_RDONLY | O_DIRECTORY);
    struct stat found{};
    if (!above || ::fstatat(above.get(), std::string(core::name_of(part)).c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0)
      break;
    if (S_ISREG(found.st_mode)) {
      return in_the_way(key, fmt::format("the object \"{}\"", core::printable_excerpt(part, 80)));
    }
    if (!S_ISDIR(found.st_mode)) return in_the_way(key, kind_of(found));
  }
  return in_the_way(key, "a file");
}

Error cannot_create(const BucketDir& bucket, std::string_view key, int error_number) {
  if (error_number == ENOTDIR || error_number == ELOOP) return blocked_directory(bucket, key);
  if (error_number == ENOENT && bucket.deleted()) return core::no_such_bucket(bucket.name);
  return core::fs_error("create " + bucket.path_of(key), error_number);
}

#ifdef __linux__
// How many bytes the kernel copied; 0 when it cannot, for whatever reason: reading tells.
std::uint64_t copy_in_kernel(int from, std::uint64_t begin, int to, std::uint64_t size, const Context& context) {
  constexpr std::uint64_t kStep = std::uint64_t{16} << 20;
  std::uint64_t done = 0;
  while (done < size && context.check()) {
    const auto wanted = static_cast<std::size_t>(std::min(size - done, kStep));
    auto offset = static_cast<off64_t>(begin + done);
    const ssize_t count = ::copy_file_range(from, &offset, to, nullptr, wanted, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    done += static_cast<std::uint64_t>(count);
  }
  return done;
}
#else
std::uint64_t copy_in_kernel(int, std::uint64_t, int, std::uint64_t, const Context&) { return 0; }
#endif

}  // namespace

FileWriter::FileWriter(const BucketDir& bucket, std::string_view key, UniqueFd directory, UniqueFd file,
                       std::string temporary)
    : bucket_(&bucket),
      key_(key),
      directory_(std::move(directory)),
      file_(std::move(file)),
      temporary_(std::move(temporary)) {}

FileWriter::FileWriter(FileWriter&& other) noexcept
    : bucket_(other.bucket_),
      key_(std::move(other.key_)),
      directory_(std::move(other.directory_)),
      file_(std::move(other.file_)),
      access_(other.access_),
      temporary_(std::exchange(other.temporary_, {})) {}

FileWriter::~FileWriter() { discard(); }

void FileWriter::discard() noexcept {
  if (temporary_.empty()) return;
  ::unlinkat(directory_.get(), temporary_.c_str(), 0);
  temporary_.clear();
  struct stat state{};
  if (::fstat(file_.get(), &state) == 0) remove_sidecar(directory_.get(), state);
  core::prune_beneath(bucket_->fd.get(), core::parent_of(key_));
}

// Until it has its access, at the end, it is the writer's alone: what was opened before could be read later.
Result<FileWriter> FileWriter::create_like(const BucketDir& bucket, std::string_view key, const AccessLike& access) {
  auto writer = create(bucket, key, 0600);
  if (writer) writer->access_ = access;
  return writer;
}

Result<FileWriter> FileWriter::create(const BucketDir& bucket, std::string_view key, ::mode_t mode) {
  int error_number = 0;
  // Each repetition means that a removal pruned a directory meanwhile.
  for (int tries = 0; tries < core::kMaxTries; ++tries) {
    UniqueFd directory = core::make_directories_beneath(bucket.fd.get(), core::parent_of(key), bucket.sync);
    error_number = errno;
    if (directory) {
      std::string name = temporary_name();
      // To the mode the kernel applies the umask, or the directory's default ACL. The name is
      // fresh and random, so that no one can have put a link there.
      UniqueFd file(core::above_standard(
          ::openat(directory.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)));
      error_number = errno;
      if (file) {
        // For `remove_if_abandoned`, which gets no lock either where there are none.
        ::flock(file.get(), LOCK_EX | LOCK_NB);
        return FileWriter(bucket, key, std::move(directory), std::move(file), std::move(name));
      }
    }
    const bool pruned = error_number == ENOENT && !bucket.deleted();
    if (!pruned && error_number != EINTR && error_number != EEXIST) break;
  }
  return cannot_create(bucket, key, error_number);
}

Status FileWriter::write(Bytes chunk) {
  if (core::write_all(file_.get(), chunk)) return {};
  return core::fs_error("write " + bucket_->path_of(key_), errno);
}

Status FileWriter::copy_from(int file, std::uint64_t offset, std::uint64_t size, const Context& context) {
  std::uint64_t done = copy_in_kernel(file, offset, file_.get(), size, context);
  const std::unique_ptr<char[]> buffer(new char[done < size ? core::kChunkSize : 1]);
  while (done < size) {
    if (auto status = context.check(); !status) return status;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(core::kChunkSize, size - done));
    const ssize_t count = ::pread(file, buffer.get(), wanted, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return core::fs_error("read the source of " + bucket_->path_of(key_), errno);
    if (count == 0) return core::source_changed();
    if (auto status = write({buffer.get(), static_cast<std::size_t>(count)}); !status) return status;
    done += static_cast<std::uint64_t>(count);
  }
  return {};
}

Status FileWriter::make_durable(const Attributes& attributes) {
  // The kernel's own time of modification advances in ticks of milliseconds. Tokens need more.
  std::array<timespec, 2> times{};
  times[0].tv_nsec = UTIME_OMIT;
  if (::clock_gettime(CLOCK_REALTIME, &times[1]) != 0 || ::futimens(file_.get(), times.data()) != 0) {
    return core::fs_error("set the time of " + bucket_->path_of(key_), errno);
  }
  if (auto status = save_attributes(directory_.get(), file_.get(), attributes, bucket_->sync); !status) return status;
  // Not before: attributes cannot be set to a file that its owner may not write.
  if (access_) {
    if (auto status = take_access(*access_, file_.get(), bucket_->path_of(key_)); !status) return status;
  }
  if (bucket_->sync && ::fsync(file_.get()) != 0) return core::fs_error("fsync " + bucket_->path_of(key_), errno);
  return {};
}

Status FileWriter::publish(const Condition& condition, const Context& context, bool& replaced, struct stat& old) {
  const std::string name(core::name_of(key_));
  replaced = ::fstatat(directory_.get(), name.c_str(), &old, AT_SYMLINK_NOFOLLOW) == 0;
  if (replaced && !S_ISREG(old.st_mode)) {
    if (condition.kind() == Condition::Kind::match) return core::check_condition(condition, nullptr);
    // Directories without anything in them are no object, and stand for none.
    if (S_ISDIR(old.st_mode)) remove_empty_tree(bucket_->fd.get(), key_, context);
    replaced = ::fstatat(directory_.get(), name.c_str(), &old, AT_SYMLINK_NOFOLLOW) == 0;
    if (replaced) return in_the_way(key_, kind_of(old));
  }
  const std::string token = replaced ? token_of(directory_.get(), name, old) : std::string();
  if (auto status = core::check_condition(condition, replaced ? &token : nullptr); !status) return status;
  // Programs without our lock are told apart by the kernel.
  const bool renamed = condition.kind() == Condition::Kind::absent
                           ? core::rename_if_absent(directory_.get(), temporary_, directory_.get(), name)
                           : ::renameat(directory_.get(), temporary_.c_str(), directory_.get(), name.c_str()) == 0;
  if (renamed) return {};
  if (errno == EEXIST) return core::fail(ErrorCode::precondition_failed, "the object exists");
  if (errno == ENOENT && bucket_->deleted()) return core::no_such_bucket(bucket_->name);
  return core::fs_error("rename to " + bucket_->path_of(key_), errno);
}

Result<struct stat> FileWriter::commit(const Attributes& attributes, const Condition& condition, const Context& context,
                                       const Replacement& replacement) {
  if (auto status = make_durable(attributes); !status) return status.error();
  auto lock = BucketLock::acquire(*bucket_, context);
  if (!lock) return std::move(lock).error();
  struct stat state{};
  struct stat old{};
  bool replaced = false;
  if (replacement.begin) {
    if (auto status = replacement.begin(); !status) return status.error();
  }
  if (auto status = publish(condition, context, replaced, old); !status) return status.error();
  temporary_.clear();
  if (!replacement.end) lock->release();
  if (::fstat(file_.get(), &state) != 0 || (bucket_->sync && !core::sync_directory(directory_.get()))) {
    Error error = core::fs_error("fsync the directory of " + bucket_->path_of(key_), errno);
    error.may_have_happened = true;
    return error;
  }
  // What belongs to the old content goes now: before, a power cut could bring that back without it.
  if (replacement.end) replacement.end();
  if (replaced && old.st_nlink == 1) remove_sidecar(directory_.get(), old);
  return state;
}

}  // namespace cloudkit::inline v0::local
