#pragma once

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>

namespace cloudkit::test {

/// While it lives one thread can begin, and no second one: there is memory for one stack.
class RoomForOneThread {
 public:
  RoomForOneThread() {
    pthread_attr_init(&stack_before_);
    pthread_getattr_default_np(&stack_before_);
    pthread_attr_t large;
    pthread_attr_init(&large);
    pthread_attr_setstacksize(&large, kStack);
    pthread_setattr_default_np(&large);
    pthread_attr_destroy(&large);

    ::getrlimit(RLIMIT_AS, &before_);
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    struct rlimit limit = before_;
    limit.rlim_cur = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) + 2 * kStack - kStack / 16;
    ::setrlimit(RLIMIT_AS, &limit);
  }
  ~RoomForOneThread() {
    ::setrlimit(RLIMIT_AS, &before_);
    pthread_setattr_default_np(&stack_before_);
    pthread_attr_destroy(&stack_before_);
  }
  RoomForOneThread(const RoomForOneThread&) = delete;
  RoomForOneThread& operator=(const RoomForOneThread&) = delete;

 private:
  static constexpr std::size_t kStack = std::size_t{256} << 20;
  struct rlimit before_{};
  pthread_attr_t stack_before_;
};

}  // namespace cloudkit::test
