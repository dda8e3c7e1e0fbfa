#include "core/threads.h"

#include "core/log.h"

#include <system_error>
#include <thread>
#include <vector>

namespace cloudkit::inline v0::core {
namespace {

std::vector<std::thread> hire(std::size_t count, const std::function<void()>& work) {
  std::vector<std::thread> threads;
  threads.reserve(count);
  try {
    while (threads.size() < count) threads.emplace_back(work);
  } catch (const std::system_error& error) {
    log(LogLevel::debug, "no more threads: it takes longer", {{"reason", error.what()}});
  }
  return threads;
}

}  // namespace

void run_on_threads(std::size_t workers, const std::function<void()>& work) {
  std::vector<std::thread> others = hire(workers > 1 ? workers - 1 : 0, work);
  work();
  for (std::thread& other : others) other.join();
}

}  // namespace cloudkit::inline v0::core
