#include "object_store/transfer/spool.h"

#include "core/fail.h"
#include "core/unique_fd.h"
#include "object_store/local_io.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace cloudkit::inline v0::object_store {
namespace {

int open_nameless(const std::string& directory) {
#ifdef O_TMPFILE
  const int fd = ::open(directory.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
  if (fd >= 0) return fd;
#endif
  // Where the file system has no such files.
  std::string name = directory + "/.ck-tmp-XXXXXX";
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(name.c_str());
  return named;
}

}  // namespace

Result<std::unique_ptr<Spool>> Spool::create() {
  std::error_code error;
  const std::string directory = std::filesystem::temp_directory_path(error).string();
  if (error) return core::io_error("find the directory for temporary files", error.value());
  const int fd = core::above_standard(open_nameless(directory));
  if (fd < 0) return core::io_error("create a file in " + directory, errno);
  return std::unique_ptr<Spool>(new Spool(fd, directory));
}

Spool::~Spool() { ::close(fd_); }

Status Spool::append(Bytes bytes) {
  if (auto written = write_fully(fd_, name_, size_, bytes); !written) return written;
  size_ += bytes.size();
  return {};
}

Result<std::size_t> Spool::read_at(std::uint64_t offset, std::span<char> out) const {
  const std::uint64_t left = size_ - std::min(offset, size_);
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, out.size()));
  return read_fully(fd_, name_, offset, out.first(wanted));
}

}  // namespace cloudkit::inline v0::object_store
