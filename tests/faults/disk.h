#pragma once

#include <string>

namespace faults {

/// While it lives, a call of this thread to the file system fails: "write" (pwrite too), "fallocate", "fsync",
/// "rename" (renameat and renameat2 too). Programs that use it are linked with disk.cc, which stands before the C
/// library.
class DiskFault {
 public:
  /// The first `passing` such calls succeed.
  DiskFault(std::string call, int error_number, int passing = 0);
  DiskFault(const DiskFault&) = delete;
  DiskFault& operator=(const DiskFault&) = delete;
  ~DiskFault();

  /// How many calls have failed.
  int failed() const noexcept { return failed_; }

  /// For disk.cc: the error that a call must end with, or 0.
  static int verdict(const char* call) noexcept;

 private:
  const std::string call_;
  const int error_number_;
  int passing_;
  int failed_ = 0;
};

}  // namespace faults
