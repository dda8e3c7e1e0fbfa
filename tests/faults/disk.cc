#include "faults/disk.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <utility>

namespace faults {
namespace {

thread_local DiskFault* current = nullptr;
std::atomic<int> link_error = 0;
std::atomic<bool> is_another = false;

template <class Function>
Function* real(const char* name) noexcept {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// -1 and errno, as system calls have it.
template <class Function, class... Arguments>
auto pass(const char* call, const char* name, Arguments... arguments) noexcept {
  using Answer = decltype(std::declval<Function*>()(arguments...));
  if (const int error_number = DiskFault::verdict(call); error_number != 0) {
    errno = error_number;
    return static_cast<Answer>(-1);
  }
  return real<Function>(name)(arguments...);
}

}  // namespace

DiskFault::DiskFault(std::string call, int error_number, int times)
    : call_(std::move(call)), error_number_(error_number), times_(times) {
  current = this;
}

DiskFault::~DiskFault() { current = nullptr; }

int DiskFault::verdict(const char* call) noexcept {
  if (current == nullptr || current->call_ != call || current->failed_ == current->times_) return 0;
  ++current->failed_;
  return current->error_number_;
}

std::size_t DiskFault::shortened(std::size_t size) noexcept {
  if (current == nullptr || current->call_ != "short write" || size < 2) return size;
  ++current->failed_;
  return size / 2;
}

LinkFault::LinkFault(int error_number) { link_error = error_number; }
LinkFault::~LinkFault() { link_error = 0; }

OwnerFault::OwnerFault() { is_another = true; }
OwnerFault::~OwnerFault() { is_another = false; }

}  // namespace faults

using faults::DiskFault;
using faults::pass;

extern "C" {

ssize_t write(int file, const void* data, std::size_t size) {
  return pass<ssize_t(int, const void*, std::size_t)>("write", "write", file, data, DiskFault::shortened(size));
}
ssize_t pwrite(int file, const void* data, std::size_t size, off_t offset) {
  return pass<ssize_t(int, const void*, std::size_t, off_t)>("write", "pwrite", file, data, DiskFault::shortened(size),
                                                             offset);
}
int fallocate(int file, int mode, off_t offset, off_t size) {
  return pass<int(int, int, off_t, off_t)>("fallocate", "fallocate", file, mode, offset, size);
}
int linkat(int from_directory, const char* from, int to_directory, const char* to, int flags) noexcept {
  if (faults::link_error != 0) {
    errno = faults::link_error;
    return -1;
  }
  return faults::real<int(int, const char*, int, const char*, int)>("linkat")(from_directory, from, to_directory, to,
                                                                              flags);
}
int flock(int file, int operation) noexcept {
  const bool is_odd = (operation & LOCK_EX) != 0 && (::fcntl(file, F_GETFL) & O_ACCMODE) == O_RDONLY;
  if (const int error_number = is_odd ? DiskFault::verdict("exclusive flock") : 0; error_number != 0) {
    errno = error_number;
    return -1;
  }
  return pass<int(int, int)>("flock", "flock", file, operation);
}
uid_t geteuid() noexcept { return faults::real<uid_t()>("geteuid")() + (faults::is_another ? 1 : 0); }
int fsync(int file) { return pass<int(int)>("fsync", "fsync", file); }
int rename(const char* from, const char* to) noexcept {
  return pass<int(const char*, const char*)>("rename", "rename", from, to);
}
int renameat(int from_directory, const char* from, int to_directory, const char* to) noexcept {
  return pass<int(int, const char*, int, const char*)>("rename", "renameat", from_directory, from, to_directory, to);
}
int renameat2(int from_directory, const char* from, int to_directory, const char* to, unsigned flags) noexcept {
  return pass<int(int, const char*, int, const char*, unsigned)>("rename", "renameat2", from_directory, from,
                                                                 to_directory, to, flags);
}

}  // extern "C"
