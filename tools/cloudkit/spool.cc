#include "spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace cloudkit::tool {
namespace {

constexpr std::size_t kMostInMemory = std::size_t{8} << 20;
constexpr std::size_t kChunk = std::size_t{256} << 10;

class StringSource final : public Source {
 public:
  explicit StringSource(std::string text) : text_(std::move(text)) {}
  std::uint64_t size() const noexcept override { return text_.size(); }
  std::optional<Bytes> contiguous() const override { return Bytes(text_); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    if (offset >= text_.size()) return std::size_t{0};
    return text_.copy(out.data(), out.size(), static_cast<std::size_t>(offset));
  }

 private:
  const std::string text_;
};

Result<UniqueFd> nameless_file() {
  const char* directory = std::getenv("TMPDIR");
  std::string name = std::string(directory != nullptr && *directory != '\0' ? directory : "/tmp") + "/cloudkit-XXXXXX";
  UniqueFd fd(::mkstemp(name.data()));
  if (!fd) {
    Error error = io_error("create " + name, errno);
    error.hint = "TMPDIR says where temporary files go";
    return error;
  }
  ::unlink(name.c_str());
  ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC);
  return fd;
}

Result<std::unique_ptr<Source>> read_to_end(int fd, const std::string& name, const Context& context) {
  Spool spool;
  std::vector<char> buffer(kChunk);
  while (true) {
    const auto count = read_some(fd, name, buffer, context);
    if (!count) return count.error();
    if (*count == 0) return spool.finish();
    if (auto status = spool.write({buffer.data(), *count}); !status) return status.error();
  }
}

}  // namespace

Status Spool::write(Bytes chunk) {
  if (!file_ && memory_.size() + chunk.size() > kMostInMemory) {
    if (auto status = move_to_file(); !status) return status;
  }
  if (file_) return write_fully(file_.get(), chunk, "a temporary file");
  memory_ += chunk.view();
  return {};
}

Status Spool::move_to_file() {
  auto file = nameless_file();
  if (!file) return file.error();
  file_ = *std::move(file);
  auto status = write_fully(file_.get(), memory_, "a temporary file");
  std::string().swap(memory_);
  return status;
}

Result<std::unique_ptr<Source>> Spool::finish() {
  if (file_) return make_fd_source(std::exchange(file_, UniqueFd()), "a temporary file");
  return std::unique_ptr<Source>(std::make_unique<StringSource>(std::exchange(memory_, {})));
}

Result<std::unique_ptr<Source>> read_stdin(const Context& context) {
  if (::lseek(STDIN_FILENO, 0, SEEK_CUR) == 0) {
    auto source = make_fd_source(UniqueFd(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)), "standard input");
    if (source) return source;
  }
  return read_to_end(STDIN_FILENO, "standard input", context);
}

Result<std::unique_ptr<Source>> read_file(const std::string& path, const Context& context) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  return fd ? read_to_end(fd.get(), path, context) : Result<std::unique_ptr<Source>>(io_error("open " + path, errno));
}

}  // namespace cloudkit::tool
