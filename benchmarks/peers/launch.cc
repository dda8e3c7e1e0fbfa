// launch FILE COMMAND…: runs the command and writes what it took to FILE: CPU seconds, wall seconds, peak
// memory in KiB. A process of its own, for a program's peak counts from before its exec: started by Python,
// none would seem to need less than Python does.
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  extern char** environ;
  const auto began = std::chrono::steady_clock::now();
  pid_t child = 0;
  if (::posix_spawn(&child, argv[2], nullptr, nullptr, argv + 2, environ) != 0) {
    std::fprintf(stderr, "cannot start %s\n", argv[2]);
    return 127;
  }
  int status = 0;
  rusage used{};
  if (::wait4(child, &status, 0, &used) != child) return 126;
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  std::FILE* const file = std::fopen(argv[1], "w");
  if (file == nullptr) return 126;
  std::fprintf(file, "%.6f %.6f %ld\n", seconds(used.ru_utime) + seconds(used.ru_stime), wall.count(), used.ru_maxrss);
  std::fclose(file);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
