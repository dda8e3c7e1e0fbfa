#include "local/functions/log_files.h"

#include "core/encode.h"
#include "core/fail.h"
#include "core/fs_error.h"
#include "core/unique_fd.h"
#include "core/write_all.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>

namespace cloudkit::inline v0::local::functions {
namespace {

using core::UniqueFd;

constexpr std::string_view kSuffix = ".log";
constexpr std::size_t kFilesKept = 2;
constexpr std::size_t kPageBytes = std::size_t{1} << 20;

// Where reading goes on: a file's number and an offset in it.
struct Place {
  std::uint64_t file = 0;
  std::uint64_t offset = 0;
};

Result<Place> parse_token(std::string_view token) {
  if (token.empty()) return Place{};
  const std::size_t colon = token.find(':');
  const auto file = core::parse_u64(token.substr(0, colon));
  const auto offset = colon == std::string_view::npos ? std::nullopt : core::parse_u64(token.substr(colon + 1));
  if (!file || !offset) return core::invalid_argument("this is no page token of a log");
  return Place{*file, *offset};
}

LogEvent parse_line(std::string_view line, core::TimePoint last) {
  const std::size_t space = line.find(' ');
  const auto time = space == std::string_view::npos ? std::nullopt : core::parse_rfc3339(line.substr(0, space));
  // A line that others wrote, or that a full disk cut.
  if (!time) return {last, std::string(line)};
  return {*time, std::string(line.substr(space + 1))};
}

// Whole lines only: the rest of one is being written.
Result<std::string> read_lines(const std::string& path, std::uint64_t offset) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file && errno == ENOENT) return std::string();
  if (!file) return core::fs_error("open " + path, errno);
  std::string text(kPageBytes, '\0');
  ssize_t count = 0;
  do {
    count = ::pread(file.get(), text.data(), text.size(), static_cast<off_t>(offset));
  } while (count < 0 && errno == EINTR);
  if (count < 0) return core::fs_error("read " + path, errno);
  text.resize(static_cast<std::size_t>(count));
  text.resize(text.rfind('\n') + 1);  // npos + 1 is 0
  return text;
}

}  // namespace

LogFiles::LogFiles(std::string directory, std::uint64_t bytes_per_file)
    : directory_(std::move(directory)), bytes_per_file_(bytes_per_file) {}

std::string LogFiles::path_of(std::uint64_t number) const {
  return fmt::format("{}/{:08}{}", directory_, number, kSuffix);
}

std::vector<std::uint64_t> LogFiles::numbers() const {
  std::vector<std::uint64_t> found;
  std::error_code error;
  for (std::filesystem::directory_iterator it(directory_, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!name.ends_with(kSuffix)) continue;
    if (const auto number = core::parse_u64(std::string_view(name).substr(0, name.size() - kSuffix.size()))) {
      found.push_back(*number);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string LogFiles::format_line(core::TimePoint time, std::string_view text) {
  // To milliseconds, as CloudWatch keeps it.
  return fmt::format("{} {}\n", core::format_rfc3339(std::chrono::floor<std::chrono::milliseconds>(time)), text);
}

Status LogFiles::append(std::string_view lines) const {
  if (lines.empty()) return {};
  UniqueFd directory(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Another thread may make it at the same time.
  if (!directory && errno == ENOENT && (::mkdir(directory_.c_str(), 0700) == 0 || errno == EEXIST)) {
    directory = UniqueFd(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  if (!directory) return core::fs_error("open " + directory_, errno);
  // Held for one write only, so it needs no context.
  while (::flock(directory.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return core::fs_error("lock " + directory_, errno);
  }
  Status written = append_locked(lines);
  ::flock(directory.get(), LOCK_UN);  // Not left to close: a child forked meanwhile would keep the lock.
  return written;
}

Status LogFiles::append_locked(std::string_view lines) const {
  std::vector<std::uint64_t> files = numbers();
  struct stat state{};
  if (files.empty()) files.push_back(1);
  if (::stat(path_of(files.back()).c_str(), &state) == 0 &&
      static_cast<std::uint64_t>(state.st_size) >= bytes_per_file_) {
    files.push_back(files.back() + 1);
  }
  for (std::size_t i = 0; i + kFilesKept < files.size(); ++i) ::unlink(path_of(files[i]).c_str());
  const std::string path = path_of(files.back());
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file || !core::write_all(file.get(), lines)) return core::fs_error("write " + path, errno);
  return {};
}

Result<LogFiles::Page> LogFiles::read(std::string_view page_token, core::TimePoint since) const {
  auto place = parse_token(page_token);
  if (!place) return std::move(place).error();
  Page page;
  page.next_page_token = std::string(page_token);
  const std::vector<std::uint64_t> files = numbers();
  if (files.empty()) return page;
  if (std::find(files.begin(), files.end(), place->file) == files.end()) *place = {files.front(), 0};
  struct stat state{};
  // Removed, and begun anew.
  const bool shrunk =
      ::stat(path_of(place->file).c_str(), &state) == 0 && static_cast<std::uint64_t>(state.st_size) < place->offset;
  if (shrunk) place->offset = 0;

  const auto text = read_lines(path_of(place->file), place->offset);
  if (!text) return text.error();
  core::TimePoint last = {};
  for (std::string_view rest = *text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    LogEvent event = parse_line(line, last);
    last = event.time;
    if (event.time >= since) page.events.push_back(std::move(event));
  }
  place->offset += text->size();
  const bool in_newest = place->file == files.back();
  page.at_end = text->empty() && in_newest;
  if (text->empty() && !in_newest) *place = {*std::upper_bound(files.begin(), files.end(), place->file), 0};
  page.next_page_token = fmt::format("{}:{}", place->file, place->offset);
  return page;
}

Status LogFiles::remove() const {
  std::error_code error;
  std::filesystem::remove_all(directory_, error);
  return error ? Status(core::fs_error("remove " + directory_, error.value())) : Status();
}

}  // namespace cloudkit::inline v0::local::functions
