#include "core/whole_file.h"

#include "core/fail.h"
#include "core/random.h"
#include "core/unique_fd.h"
#include "core/write_all.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace cloudkit::inline v0::core {
namespace {

// Beside the file, since a rename works within one file system only.
std::string temporary_name(const std::string& path) { return fmt::format("{}.{}.tmp", path, random_hex(8)); }

// Without it a power cut may bring the old file back. EINVAL: a file system without such a thing.
bool sync_directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const UniqueFd opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return opened && (::fsync(opened.get()) == 0 || errno == EINVAL);
}

}  // namespace

Result<std::optional<std::string>> read_whole_file(const std::string& path, std::size_t limit) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<std::string>();
    return io_error("open " + path, errno);
  }
  std::string text;
  std::array<char, 16384> buffer;
  while (true) {
    const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return io_error("read " + path, errno);
    if (count == 0) return std::optional(std::move(text));
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > limit) return fail(ErrorCode::io, fmt::format("read {}: larger than {} bytes", path, limit));
  }
}

Status replace_private_file(const std::string& path, std::string_view text) {
  const std::string temporary = temporary_name(path);
  const UniqueFd file(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file) return io_error("create " + temporary, errno);
  if (!write_all(file.get(), text) || ::fsync(file.get()) != 0 || std::rename(temporary.c_str(), path.c_str()) != 0) {
    const int reason = errno;
    ::unlink(temporary.c_str());
    return io_error("write " + path, reason);
  }
  if (!sync_directory_of(path)) return io_error("fsync the directory of " + path, errno);
  return {};
}

}  // namespace cloudkit::inline v0::core
