#include "sync/damaged_files.h"

#include "core/fs_error.h"
#include "core/unique_fd.h"
#include "core/write_all.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <string>

namespace cloudkit::inline v0::syncing {
namespace {

constexpr const char* kDamaged = "damaged";

}  // namespace

DamagedFiles DamagedFiles::read(int directory) {
  DamagedFiles damaged;
  const core::UniqueFd file(::openat(directory, kDamaged, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  std::string text;
  std::array<char, 4096> block{};
  for (ssize_t count = 0; file && (count = ::read(file.get(), block.data(), block.size())) > 0;) {
    text.append(block.data(), static_cast<std::size_t>(count));
  }
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    FileState state;
    if (std::sscanf(text.substr(begin, end - begin).c_str(), "%" SCNu64 " %" SCNd64 " %" SCNu64, &state.size,
                    &state.modified, &state.inode) == 3) {
      damaged.files_.push_back(state);
    }
  }
  return damaged;
}

bool DamagedFiles::has(const FileState& file) const {
  return std::find(files_.begin(), files_.end(), file) != files_.end();
}

Status DamagedFiles::note(int directory, const FileState& file) {
  if (has(file)) return {};
  const core::UniqueFd out(
      ::openat(directory, kDamaged, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666));
  const std::string line = fmt::format("{} {} {}\n", file.size, file.modified, file.inode);
  if (!out || !core::write_all(out.get(), line)) return core::fs_error("write .cloudkit/damaged", errno);
  files_.push_back(file);
  return {};
}

}  // namespace cloudkit::inline v0::syncing
