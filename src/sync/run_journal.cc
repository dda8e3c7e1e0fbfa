#include "sync/run_journal.h"

#include "core/beneath.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/fs_error.h"
#include "core/write_all.h"
#include "crypto/crc.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace cloudkit::inline v0::syncing {
namespace {

using core::UniqueFd;

constexpr std::string_view kFirstLine = "cloudkit journal 1";
constexpr std::size_t kReadSize = std::size_t{256} << 10;
// "+INDEX CRC32C LINE": more is none of ours.
constexpr std::size_t kMaxRecordSize = std::size_t{512} << 10;
// Nor is a number of which no bucket has as many objects.
constexpr std::uint64_t kMaxIndex = std::uint64_t{1} << 32;

std::uint32_t checksum_of(std::string_view text) { return crypto::crc32c(0, text); }

struct Record {
  char kind = 0;
  std::uint64_t index = 0;
  std::string_view line = {};
};

// Nothing for a line that was cut or changed.
std::optional<Record> parse_record(std::string_view text) {
  const std::size_t space = text.find(' ');
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-') || space == std::string_view::npos) return std::nullopt;
  const auto index = core::parse_u64(text.substr(1, space - 1));
  const std::size_t second = text.find(' ', space + 1);
  if (!index || *index >= kMaxIndex || second == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(second + 1);
  if (text.substr(space + 1, second - space - 1) != fmt::format("{:08x}", checksum_of(line))) return std::nullopt;
  return Record{text[0], *index, line};
}

}  // namespace

Result<RunJournal> RunJournal::create(int directory, const std::string& name, std::string path) {
  UniqueFd file(
      ::openat(directory, name.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | O_APPEND, 0666));
  if (!file) return core::fs_error("create " + path, errno);
  RunJournal journal(std::move(file), std::move(path));
  const std::string first = std::string(kFirstLine) + '\n';
  if (!core::write_all(journal.file_.get(), first)) return core::fs_error("write " + journal.path_, errno);
  journal.size_ = first.size();
  return journal;
}

Result<RunJournal> RunJournal::open(int directory, const std::string& name, std::string path) {
  UniqueFd file = core::open_beneath(directory, name, O_RDWR | O_NOFOLLOW | O_APPEND | O_NONBLOCK);
  if (!file && errno == ENOENT) return core::fail(ErrorCode::not_found, "there is no " + path);
  struct stat state{};
  if (!file || ::fstat(file.get(), &state) != 0) return core::fs_error("open " + path, errno);
  if (!S_ISREG(state.st_mode)) return core::fail(ErrorCode::io, path + " is no regular file");
  RunJournal journal(std::move(file), std::move(path));
  if (auto status = journal.read(); !status) return status.error();
  return journal;
}

Status RunJournal::read() {
  std::string buffer;
  std::uint64_t at = 0;  // Where the buffer begins.
  bool intact = true;
  bool first = true;
  while (intact && buffer.size() <= kMaxRecordSize) {
    const std::size_t old_size = buffer.size();
    buffer.resize(old_size + kReadSize);
    const ssize_t count = ::pread(file_.get(), buffer.data() + old_size, kReadSize, static_cast<off_t>(at + old_size));
    if (count < 0 && errno != EINTR) return core::fs_error("read " + path_, errno);
    buffer.resize(old_size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    std::size_t begin = 0;
    for (std::size_t end = 0; intact && (end = buffer.find('\n', begin)) != std::string::npos; begin = end + 1) {
      const std::string_view text = std::string_view(buffer).substr(begin, end - begin);
      if (std::exchange(first, false)) {
        intact = text == kFirstLine;
        if (!intact) break;
        continue;
      }
      const auto record = parse_record(text);
      intact = record.has_value();
      if (!intact) break;
      if (record->kind != '+') continue;
      if (spans_.size() <= record->index) spans_.resize(static_cast<std::size_t>(record->index) + 1);
      spans_[static_cast<std::size_t>(record->index)].at = 1 + at + begin + (text.size() - record->line.size());
    }
    at += begin;
    buffer.erase(0, begin);
    if (count == 0) break;
  }
  size_ = at;
  if (::ftruncate(file_.get(), static_cast<off_t>(at)) != 0) return core::fs_error("cut off " + path_, errno);
  return {};
}

Status RunJournal::append(char kind, std::uint64_t index, std::string_view line) {
  line = core::trim(line);
  const std::string head = fmt::format("{}{} {:08x} ", kind, index, checksum_of(line));
  const std::scoped_lock lock(*mutex_);
  if (!core::write_all(file_.get(), head + std::string(line) + '\n')) return core::fs_error("write " + path_, errno);
  if (spans_.size() <= index) spans_.resize(static_cast<std::size_t>(std::max(index + 1, index + index / 2)));
  spans_[static_cast<std::size_t>(index)].at = 1 + size_ + head.size();
  size_ += head.size() + line.size() + 1;
  return {};
}

bool RunJournal::has(std::uint64_t index) const {
  const std::scoped_lock lock(*mutex_);
  return index < spans_.size() && spans_[static_cast<std::size_t>(index)].at != 0;
}

Result<std::optional<std::string>> RunJournal::line(std::uint64_t index) const {
  std::uint64_t at = 0;
  {
    const std::scoped_lock lock(*mutex_);
    if (index < spans_.size()) at = spans_[static_cast<std::size_t>(index)].at;
  }
  if (at == 0) return std::optional<std::string>();
  std::string text;
  for (std::size_t size = 2048; size <= kMaxRecordSize; size *= 2) {
    text.resize(size);
    const ssize_t count = ::pread(file_.get(), text.data(), size, static_cast<off_t>(at - 1));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return core::fs_error("read " + path_, errno);
    text.resize(static_cast<std::size_t>(count));
    if (const std::size_t end = text.find('\n'); end != std::string::npos) {
      text.resize(end + 1);
      return std::optional(std::move(text));
    }
  }
  return core::fail(ErrorCode::io, path_ + " was changed by another program");
}

Status RunJournal::sync() {
  return ::fsync(file_.get()) == 0 ? Status() : Status(core::fs_error("fsync " + path_, errno));
}

}  // namespace cloudkit::inline v0::syncing
