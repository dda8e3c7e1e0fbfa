#include "function_runtime/package_files.h"

#include "core/encode.h"
#include "core/fail.h"
#include "core/unique_fd.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace cloudkit::inline v0::function_runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFiles = 100'000;  // What codec::ZipReader takes.
constexpr std::size_t kMaxDepth = 200;      // A path of 4000 bytes may have more, but no program's.
constexpr unsigned kExecutable = 0755;
constexpr unsigned kPlain = 0644;  // Also of what only its owner may read: a function is not run by its owner.

std::string shown_path(const fs::path& path) { return core::printable_excerpt(path.native(), 200); }

Error unreadable(const fs::path& path, std::error_code error) {
  return core::io_error("read " + shown_path(path), error.value());
}

Error too_large(const fs::path& path, std::uint64_t max_size) {
  return core::invalid_argument(fmt::format("{}: the code has more than {} bytes", shown_path(path), max_size),
                                "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html");
}

Result<std::string> read_all(int file, const fs::path& path, std::uint64_t size, std::uint64_t max_size,
                             std::uint64_t before) {
  std::string contents(size, '\0');
  std::size_t have = 0;
  while (true) {
    if (have == contents.size()) contents.resize(contents.size() + 1);  // To see that there is no more.
    const ssize_t count = ::read(file, contents.data() + have, contents.size() - have);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return core::io_error("read " + shown_path(path), errno);
    if (count == 0) break;
    have += static_cast<std::size_t>(count);
    if (have > max_size - before) return too_large(path, max_size);  // It grows meanwhile.
  }
  contents.resize(have);
  return contents;
}

// Collects what lies below a directory.
class DirectoryReader {
 public:
  DirectoryReader(fs::path root, std::uint64_t max_size) : root_(std::move(root)), max_size_(max_size) {}

  Status read() {
    above_.push_back(root_);
    return read_below(root_, "");
  }
  std::vector<codec::ZipFile> take() && { return std::move(files_); }

 private:
  Status read_below(const fs::path& directory, const std::string& prefix) {
    std::error_code error;
    std::vector<fs::path> names;
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
      names.push_back(entry->path().filename());
      if (names.size() + files_.size() > kMaxFiles) {
        return core::invalid_argument(fmt::format("{}: more than {} files", shown_path(root_), kMaxFiles));
      }
    }
    if (error) return unreadable(directory, error);
    std::sort(names.begin(), names.end());
    for (const fs::path& name : names) {
      if (auto read = read_entry(directory / name, prefix + name.native()); !read) return read;
    }
    if (names.empty() && !prefix.empty()) files_.push_back({prefix, kExecutable, {}});
    return {};
  }

  Status read_entry(const fs::path& path, const std::string& name) {
    std::error_code error;
    fs::path real = path;
    fs::file_status status = fs::symlink_status(path, error);
    if (!error && fs::is_symlink(status)) {
      real = fs::canonical(path, error);
      if (error) return unreadable(path, error);
      if (!is_inside(real)) {
        return core::invalid_argument(
            fmt::format("{} is a symbolic link that leads out of {}", shown_path(path), shown_path(root_)),
            "put a copy of what it leads to in its place");
      }
      status = fs::status(real, error);
    }
    if (error) return unreadable(path, error);
    if (fs::is_directory(status)) return enter(real, path, name);
    if (!fs::is_regular_file(status)) {
      return core::invalid_argument(fmt::format("{} is neither a file nor a directory", shown_path(path)));
    }
    auto file = read_file(real.native(), name, max_size_, total_);
    if (!file) return std::move(file).error();
    total_ += file->contents.size();
    files_.push_back(std::move(*file));
    return {};
  }

  Status enter(const fs::path& real, const fs::path& path, const std::string& name) {
    if (std::find(above_.begin(), above_.end(), real) != above_.end()) {
      return core::invalid_argument(
          fmt::format("{} is a symbolic link that leads back to where it is", shown_path(path)));
    }
    if (above_.size() > kMaxDepth)
      return core::invalid_argument(fmt::format("{}: directories lie too deep", shown_path(path)));
    above_.push_back(real);
    auto read = read_below(real, name + '/');
    above_.pop_back();
    return read;
  }

  bool is_inside(const fs::path& real) const {
    return std::mismatch(root_.begin(), root_.end(), real.begin(), real.end()).first == root_.end();
  }

  const fs::path root_;  // Without links, as the members of `above_`.
  const std::uint64_t max_size_;
  std::uint64_t total_ = 0;
  std::vector<fs::path> above_;
  std::vector<codec::ZipFile> files_;
};

}  // namespace

Result<codec::ZipFile> read_file(const std::string& path, std::string name, std::uint64_t max_size,
                                 std::uint64_t before) {
  before = std::min(before, max_size);
  // A pipe would not open before somebody writes to it.
  const core::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat found{};
  if (!file || ::fstat(file.get(), &found) != 0) return core::io_error("read " + shown_path(path), errno);
  if (!S_ISREG(found.st_mode)) {
    return core::invalid_argument(fmt::format("{} is no regular file", shown_path(path)),
                                  S_ISDIR(found.st_mode) ? "FunctionCode::directory packs a directory" : "");
  }
  const auto size = static_cast<std::uint64_t>(found.st_size);
  if (size > max_size - before) return too_large(path, max_size);
  auto contents = read_all(file.get(), path, size, max_size, before);
  if (!contents) return std::move(contents).error();
  return codec::ZipFile{std::move(name), (found.st_mode & S_IXUSR) != 0 ? kExecutable : kPlain, std::move(*contents)};
}

Result<std::vector<codec::ZipFile>> read_directory(const std::string& path, std::uint64_t max_size) {
  std::error_code error;
  const fs::path root = fs::canonical(path, error);
  if (error) return unreadable(path, error);
  if (!fs::is_directory(root, error)) {
    return core::invalid_argument(fmt::format("{} is no directory", shown_path(path)),
                                  "FunctionCode::zip takes a zip, FunctionCode::executable a program");
  }
  DirectoryReader reader(root, max_size);
  if (auto read = reader.read(); !read) return std::move(read).error();
  auto files = std::move(reader).take();
  const bool any = std::any_of(files.begin(), files.end(), [](const auto& file) { return !file.name.ends_with('/'); });
  if (!any) return core::invalid_argument(fmt::format("{} has no files", shown_path(path)));
  return files;
}

}  // namespace cloudkit::inline v0::function_runtime
