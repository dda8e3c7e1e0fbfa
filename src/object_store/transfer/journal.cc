#include "object_store/transfer/journal.h"

#include "core/fail.h"
#include "core/write_all.h"
#include "crypto/crc.h"
#include "object_store/local_io.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace cloudkit::inline v0::object_store {
namespace {

// Ten thousand parts, all that S3 takes, are less than a quarter of it.
constexpr std::uint64_t kMaxSize = std::uint64_t{16} << 20;
constexpr std::size_t kMaxNameSize = 200;  // Of 255, which are what most file systems take.
// Each repetition means that another transfer ended meanwhile, and removed its journal.
constexpr int kMaxTries = 100;

Error in_use(const std::string& path) {
  Error error = core::fail(ErrorCode::conflict, fmt::format("another transfer of this file is under way ({})", path),
                           "wait for its end; or transfer without resume, which shares nothing with it");
  error.retryable = true;
  return error;
}

// Whatever somebody else has put there must not decide what is transferred.
bool is_ours(const struct stat& state) {
  return S_ISREG(state.st_mode) && state.st_uid == ::geteuid() && state.st_nlink <= 1;
}

int open_file(const std::string& path, int flags) {
  return core::above_standard(
      ::open(path.c_str(), O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags, 0600));
}

bool still_named(const std::string& path, const struct stat& state) {
  struct stat named{};
  return ::lstat(path.c_str(), &named) == 0 && named.st_ino == state.st_ino && named.st_dev == state.st_dev;
}

}  // namespace

std::string path_beside(const std::string& path, std::string_view target, std::string_view suffix) {
  const std::size_t slash = path.rfind('/');
  const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
  const std::string_view name = std::string_view(path).substr(begin);
  std::size_t size = std::min(name.size(), kMaxNameSize);
  // No half of a UTF-8 character, which some file systems refuse.
  while (size > 0 && size < name.size() && (static_cast<unsigned char>(name[size]) & 0xC0) == 0x80) --size;
  const std::uint64_t digest = crypto::crc64nvme(crypto::crc64nvme(0, name), target);
  return fmt::format("{}.ck-{}-{:016x}{}", path.substr(0, begin), name.substr(0, size), digest, suffix);
}

Error kept(Error error) {
  constexpr std::string_view kNothing = "; nothing was stored";
  if (error.hint.ends_with(kNothing)) error.hint.resize(error.hint.size() - kNothing.size());
  if (!error.hint.empty()) error.hint += "; ";
  error.hint += "what is done is kept: the same call, with resume, goes on from there";
  return error;
}

Journal::Journal(std::string path, core::UniqueFd file) : path_(std::move(path)), file_(std::move(file)) {}

// Not left to close: a child forked meanwhile would keep the lock.
Journal::~Journal() {
  if (file_) ::flock(file_.get(), LOCK_UN);
}

Result<Journal> Journal::open(std::string path) {
  for (int tries = 0; tries < kMaxTries; ++tries) {
    // What this call has made is ours, whoever it belongs to: a mount's options give all files one owner, as do servers
    // to what root makes.
    core::UniqueFd file(open_file(path, O_CREAT | O_EXCL));
    const bool is_new = file || errno != EEXIST;
    if (!is_new) file = core::UniqueFd(open_file(path, 0));
    if (!file && (errno == EINTR || (!is_new && errno == ENOENT))) continue;
    if (!file) {
      Error error = core::io_error("make the journal " + path, errno);
      error.hint = "resume keeps a journal beside the file: make the directory writable, or leave resume off";
      return error;
    }
    struct stat state{};
    if (::fstat(file.get(), &state) != 0) return core::io_error("stat " + path, errno);
    if (!is_new && !is_ours(state)) {
      return core::fail(ErrorCode::io, path + " is not a journal of this user's", "remove it, or leave resume off");
    }
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      if (errno == EWOULDBLOCK) return in_use(path);
      return core::io_error("lock " + path, errno);
    }
    // Its last owner may have removed it before it gave the lock up.
    if (!still_named(path, state)) continue;
    Journal journal(std::move(path), std::move(file));
    if (auto status = journal.read(); !status) return std::move(status).error();
    return journal;
  }
  return in_use(path);
}

Status Journal::read() {
  struct stat state{};
  if (::fstat(file_.get(), &state) != 0) return core::io_error("stat " + path_, errno);
  std::string text(
      static_cast<std::size_t>(std::min<std::uint64_t>(static_cast<std::uint64_t>(state.st_size), kMaxSize)), '\0');
  const auto done = read_fully(file_.get(), path_, 0, text);
  if (!done) return done.error();
  auto read = read_journal(std::string_view(text).substr(0, *done));
  found_ = std::move(read.records);
  lines_ = found_.size();
  size_ = read.intact;
  // What is written next must not follow half a line.
  if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) return core::io_error("truncate " + path_, errno);
  return {};
}

Status Journal::clear() {
  const std::scoped_lock lock(*mutex_);
  return clear_locked();
}

Status Journal::clear_locked() {
  if (::ftruncate(file_.get(), 0) != 0) return core::io_error("truncate " + path_, errno);
  size_ = lines_ = 0;
  return {};
}

Status Journal::start(const JournalRecord& record) {
  const std::scoped_lock lock(*mutex_);
  if (auto cleared = clear_locked(); !cleared) return cleared;
  return write(to_line(record));
}

Status Journal::add(const JournalRecord& record) {
  const std::scoped_lock lock(*mutex_);
  const std::string line = to_line(record);
  return size_ + line.size() <= kMaxSize ? write(line) : Status{};
}

Status Journal::write(const std::string& line) {
  if (!core::write_all(file_.get(), line)) return core::io_error("write " + path_, errno);
  size_ += line.size();
  ++lines_;
  return {};
}

bool Journal::has_steps() const {
  const std::scoped_lock lock(*mutex_);
  return lines_ > 1;
}

bool Journal::is_empty() const {
  const std::scoped_lock lock(*mutex_);
  return lines_ == 0;
}

void Journal::remove() noexcept { ::unlink(path_.c_str()); }

}  // namespace cloudkit::inline v0::object_store
