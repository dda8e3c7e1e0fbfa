#include "aws/private_file.h"

#include "core/fail.h"
#include "core/random.h"
#include "core/unique_fd.h"
#include "core/write_all.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace cloudkit::inline v0::aws {
namespace {

// Beside the file, since a rename works within one file system only.
std::string temporary_name(const std::string& path) { return fmt::format("{}.{}.tmp", path, core::random_hex(8)); }

}  // namespace

Status replace_private_file(const std::string& path, std::string_view text) {
  const std::string temporary = temporary_name(path);
  const core::UniqueFd file(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file) return core::io_error("create " + temporary, errno);
  if (!core::write_all(file.get(), text) || ::fsync(file.get()) != 0 ||
      std::rename(temporary.c_str(), path.c_str()) != 0) {
    const int reason = errno;
    ::unlink(temporary.c_str());
    return core::io_error("write " + path, reason);
  }
  return {};
}

}  // namespace cloudkit::inline v0::aws
