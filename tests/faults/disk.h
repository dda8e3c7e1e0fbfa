#pragma once

#include <cstddef>
#include <string>

namespace faults {

/// While it lives, calls of this thread to the file system fail: "write" (pwrite too), "fallocate", "fsync", "flock",
/// "rename" (renameat and renameat2 too), "exclusive flock" (of what is open for reading alone: EBADF on NFS); or write
/// half of what they could: "short write". Programs that use it are linked with disk.cc, which stands before the C
/// library.
class DiskFault {
 public:
  /// The first `times` such calls.
  explicit DiskFault(std::string call, int error_number = 0, int times = 1000);
  DiskFault(const DiskFault&) = delete;
  DiskFault& operator=(const DiskFault&) = delete;
  ~DiskFault();

  /// How many calls have failed.
  int failed() const noexcept { return failed_; }

  /// For disk.cc: the error that a call must end with, or 0.
  static int verdict(const char* call) noexcept;
  static std::size_t shortened(std::size_t size) noexcept;

 private:
  const std::string call_;
  const int error_number_;
  const int times_;
  int failed_ = 0;
};

/// While it lives, every linkat of the program fails.
class LinkFault {
 public:
  explicit LinkFault(int error_number);
  LinkFault(const LinkFault&) = delete;
  LinkFault& operator=(const LinkFault&) = delete;
  ~LinkFault();
};

/// While it lives, no file is this process's own, as where a mount's options say whose they are.
class OwnerFault {
 public:
  OwnerFault();
  OwnerFault(const OwnerFault&) = delete;
  OwnerFault& operator=(const OwnerFault&) = delete;
  ~OwnerFault();
};

}  // namespace faults
