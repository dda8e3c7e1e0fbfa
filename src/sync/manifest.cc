#include "sync/manifest.h"

#include "core/beneath.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/fs_error.h"
#include "core/write_all.h"
#include "sync/manifest_text.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cstdio>

#include <cerrno>
#include <utility>

namespace cloudkit::inline v0::syncing {
namespace {

using core::UniqueFd;

constexpr std::size_t kBufferSize = std::size_t{256} << 10;
// A key of 4000 bytes and all that S3 lets metadata be take less, even in the longest form that JSON has for them.
constexpr std::size_t kMaxLineSize = std::size_t{256} << 10;
constexpr std::string_view kUnfinished = ".unfinished";

constexpr const char* kDamagedHint =
    "the files are there still; take the manifest from a copy of this directory, or make a new backup";

bool is_footer(std::string_view line) { return line.starts_with("{\"end\":"); }

}  // namespace

void ManifestFooter::add(const Entry& entry) noexcept {
  if (entry.action == Entry::Action::failed) {
    ++failed;
  } else if (entry.action == Entry::Action::vanished) {
    ++vanished;
  } else {
    ++objects;
    bytes += entry.info.size;
  }
}

ManifestWriter::ManifestWriter(int directory, std::string name, std::string path, UniqueFd file)
    : directory_(directory), name_(std::move(name)), path_(std::move(path)), file_(std::move(file)) {}

Result<ManifestWriter> ManifestWriter::create(int directory, std::string name, std::string path,
                                              const ManifestHeader& header) {
  const std::string unfinished = name + std::string(kUnfinished);
  ::unlinkat(directory, unfinished.c_str(), 0);
  UniqueFd file(::openat(directory, unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!file) return core::fs_error("create " + path, errno);
  ManifestWriter writer(directory, std::move(name), std::move(path), std::move(file));
  if (auto status = writer.write(to_line(header)); !status) return status.error();
  return writer;
}

Status ManifestWriter::add(const Entry& entry) {
  counts_.add(entry);
  return write(to_line(entry));
}

Status ManifestWriter::write(std::string_view line) {
  buffer_ += line;
  return buffer_.size() < kBufferSize ? Status() : flush();
}

Status ManifestWriter::flush() {
  digest_.update(buffer_);
  if (!core::write_all(file_.get(), buffer_)) return core::fs_error("write " + path_, errno);
  buffer_.clear();
  return {};
}

Status ManifestWriter::finish(bool sync) {
  if (auto status = flush(); !status) return status;
  const std::string footer = to_line(counts_, core::hex_encode(digest_.finish()));
  if (!core::write_all(file_.get(), footer)) return core::fs_error("write " + path_, errno);
  if (sync && ::fsync(file_.get()) != 0) return core::fs_error("fsync " + path_, errno);
  const std::string unfinished = name_ + std::string(kUnfinished);
  if (::renameat(directory_, unfinished.c_str(), directory_, name_.c_str()) != 0) {
    return core::fs_error("rename to " + path_, errno);
  }
  if (sync && !core::sync_directory(directory_)) return core::fs_error("fsync the directory of " + path_, errno);
  return {};
}

ManifestReader::ManifestReader(UniqueFd file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

Result<ManifestReader> ManifestReader::open(int directory, const std::string& name, std::string path) {
  UniqueFd file = core::open_beneath(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file && errno == ENOENT) return core::fail(ErrorCode::not_found, "there is no " + path);
  struct stat state{};
  if (!file || ::fstat(file.get(), &state) != 0) return core::fs_error("open " + path, errno);
  if (!S_ISREG(state.st_mode)) return core::fail(ErrorCode::io, path + " is no regular file");
  ManifestReader reader(std::move(file), std::move(path));
  if (auto status = reader.read_header(); !status) return status.error();
  return reader;
}

Result<ManifestReader> ManifestReader::read_from(Read read, std::string path) {
  ManifestReader reader({}, std::move(path));
  reader.read_ = std::move(read);
  if (auto status = reader.read_header(); !status) return status.error();
  return reader;
}

Result<ManifestReader> ManifestReader::parse(std::string text) {
  ManifestReader reader({}, "the manifest");
  reader.buffer_ = std::move(text);
  reader.at_end_ = true;
  if (auto status = reader.read_header(); !status) return status.error();
  return reader;
}

Error ManifestReader::damaged(std::string_view why) const {
  return core::fail(ErrorCode::data_loss, fmt::format("{} is damaged: line {}: {}", path_, line_, why), kDamagedHint);
}

Result<std::optional<std::string_view>> ManifestReader::next_line() {
  while (true) {
    const std::size_t end = buffer_.find('\n', begin_);
    if (end != std::string::npos) {
      ++line_;
      const std::size_t begin = std::exchange(begin_, end + 1);
      return std::optional(std::string_view(buffer_).substr(begin, begin_ - begin));
    }
    buffer_.erase(0, std::exchange(begin_, 0));
    if (buffer_.size() > kMaxLineSize) return damaged("the line is too long");
    if (at_end_) {
      if (buffer_.empty()) return std::optional<std::string_view>();
      ++line_;
      return damaged("the line is cut off");
    }
    const std::size_t size = buffer_.size();
    buffer_.resize(size + kBufferSize);
    const auto count = read_some({buffer_.data() + size, kBufferSize});
    buffer_.resize(size + count.value_or(0));
    if (!count) return count.error();
    at_end_ = *count == 0;
  }
}

Result<std::size_t> ManifestReader::read_some(std::span<char> out) {
  if (read_) return read_(out);
  ssize_t count = -1;
  do {
    count = ::read(file_.get(), out.data(), out.size());
  } while (count < 0 && errno == EINTR);
  if (count < 0) return core::fs_error("read " + path_, errno);
  return static_cast<std::size_t>(count);
}

Status ManifestReader::read_header() {
  const auto line = next_line();
  if (!line) return line.error();
  const std::string_view text = line->value_or("");
  auto header = parse_header(text);
  if (!header && header.error().code == ErrorCode::data_loss) return damaged(header.error().message);
  if (!header) return core::fail(header.error().code, path_ + ": " + header.error().message);
  header_ = *std::move(header);
  digest_.update(text);
  return {};
}

Result<std::optional<std::string_view>> ManifestReader::next_text() {
  skipped_ = true;
  return next_of_entries();
}

Result<std::optional<std::string_view>> ManifestReader::next_of_entries() {
  auto line = next_line();
  if (!line) return std::move(line).error();
  if (!*line) return damaged("the end is missing");
  if (!is_footer(**line)) {
    digest_.update(**line);
    return line;
  }
  if (auto status = check_footer(**line); !status) return status.error();
  return std::optional<std::string_view>();
}

Result<std::optional<Entry>> ManifestReader::next() {
  const auto line = next_of_entries();
  if (!line) return line.error();
  if (!*line) return std::optional<Entry>();
  auto entry = parse_entry(**line);
  if (!entry) return damaged(entry.error().message);
  if (entry->info.key <= last_key_) return damaged("the keys are not in order");
  last_key_ = entry->info.key;
  seen_.add(*entry);
  return *std::move(entry);
}

Status ManifestReader::check_footer(std::string_view line) {
  const auto footer = parse_footer(line);
  if (!footer) return damaged("the end cannot be read");
  footer_ = footer->first;
  if (footer_ != seen_ && !skipped_) return damaged("there are more or fewer objects than the end says");
  if (footer->second != core::hex_encode(digest_.finish())) return damaged("the lines have another SHA-256");
  const auto after = next_line();
  if (!after) return after.error();
  return *after ? Status(damaged("something comes after the end")) : Status();
}

namespace {

struct Tail {
  ManifestFooter footer = {};
  std::string sha256 = {};
  off_t begin = 0;  // Of the footer's line.
};

Result<Tail> read_tail(const ManifestReader& reader, const std::string& path) {
  struct stat state{};
  if (::fstat(reader.file(), &state) != 0) return core::fs_error("stat " + path, errno);
  std::string tail(static_cast<std::size_t>(std::min<off_t>(state.st_size, 4096)), '\0');
  const off_t begin = state.st_size - static_cast<off_t>(tail.size());
  const ssize_t count = ::pread(reader.file(), tail.data(), tail.size(), begin);
  if (count != static_cast<ssize_t>(tail.size())) return core::fs_error("read " + path, count < 0 ? errno : EIO);
  const bool ended = tail.ends_with('\n');
  if (ended) tail.pop_back();
  const std::size_t line = tail.rfind('\n') + 1;
  auto footer = parse_footer(std::string_view(tail).substr(line));
  if (!ended || !footer) return core::fail(ErrorCode::data_loss, path + " is damaged: it has no end");
  return Tail{footer->first, std::move(footer->second), begin + static_cast<off_t>(line)};
}

Result<std::string> digest_until(int file, off_t end, const std::string& path, const Context& context) {
  crypto::Sha256 digest;
  std::string buffer(kBufferSize, '\0');
  for (off_t at = 0; at < end;) {
    if (auto status = context.check(); !status) return status.error();
    const auto wanted = static_cast<std::size_t>(std::min<off_t>(end - at, kBufferSize));
    const ssize_t count = ::pread(file, buffer.data(), wanted, at);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return core::fs_error("read " + path, count < 0 ? errno : EIO);
    digest.update(std::string_view(buffer).substr(0, static_cast<std::size_t>(count)));
    at += count;
  }
  return core::hex_encode(digest.finish());
}

}  // namespace

Result<std::pair<ManifestHeader, ManifestFooter>> read_summary(int directory, const std::string& name,
                                                               const std::string& path) {
  auto reader = ManifestReader::open(directory, name, path);
  if (!reader) return std::move(reader).error();
  auto tail = read_tail(*reader, path);
  if (!tail) return std::move(tail).error();
  return std::pair(reader->header(), tail->footer);
}

Status ManifestReader::check_digest(const Context& context) const {
  const auto tail = read_tail(*this, path_);
  if (!tail) return tail.error();
  const auto digest = digest_until(file(), tail->begin, path_, context);
  if (!digest) return digest.error();
  if (*digest == tail->sha256) return {};
  return core::fail(ErrorCode::data_loss, path_ + " is damaged: its lines have another SHA-256", kDamagedHint);
}

}  // namespace cloudkit::inline v0::syncing
