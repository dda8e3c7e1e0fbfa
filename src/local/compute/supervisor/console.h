#pragma once

#include "core/unique_fd.h"

#include <cstddef>
#include <string_view>

namespace cloudkit::inline v0::local::compute {

/// What a machine prints, in two files of the current directory: the newest lines, and those before. So a machine that
/// prints without end does not fill the disk.
class Console {
 public:
  explicit Console(std::size_t bytes_per_file = std::size_t{1} << 20) : limit_(bytes_per_file) {}
  /// Goes on where it ended. False leaves the cause in errno.
  bool open() noexcept;
  /// What does not get onto the disk is lost: a machine outlives a full one.
  void append(std::string_view text) noexcept;

 private:
  const std::size_t limit_;
  core::UniqueFd file_;
  std::size_t size_ = 0;
};

}  // namespace cloudkit::inline v0::local::compute
