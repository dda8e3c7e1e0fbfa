#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>

/// What a destructor of a global does as the program ends.
namespace test {

struct GlobalDestructor {
  std::function<bool()> work;
  ~GlobalDestructor() {
    if (work) ::_exit(work() ? 0 : 1);
  }
};

/// Constructed before all other globals, and so destroyed after them.
[[gnu::init_priority(101)]] inline GlobalDestructor global_destructor;

/// Whether `work` succeeds in a program that has done it before, in a destructor after all others.
inline bool works_in_global_destructor(const std::function<bool()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (!work()) ::_exit(2);
    global_destructor.work = work;
    std::exit(3);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace test
