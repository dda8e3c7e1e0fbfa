#include "fixture.h"
#include "local/functions/async_queue.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <string>

using namespace cloudkit;
using namespace local::functions;

namespace {

constexpr uid_t kNobody = 65534;

// Whether this process and all of its user may have no more threads; only root may have them nevertheless.
bool set_threads_allowed(bool allowed) {
  struct rlimit limit{};
  if (::getrlimit(RLIMIT_NPROC, &limit) != 0) return false;
  limit.rlim_cur = allowed ? limit.rlim_max : 0;
  return ::setrlimit(RLIMIT_NPROC, &limit) == 0;
}

// Runs `check` in a process of its own that may start no thread; what it returns, or a reason why it could not run.
std::string without_threads(const test::TemporaryDirectory& directory, const std::function<std::string()>& check) {
  const bool is_root = ::geteuid() == 0;
  if (is_root && ::chown(directory.path().c_str(), kNobody, kNobody) != 0) return "chown failed";
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return "pipe failed";
  const pid_t child = ::fork();
  if (child == 0) {
    std::string text = "the limit could not be set";
    if ((!is_root || ::setuid(kNobody) == 0) && set_threads_allowed(false)) text = check();
    if (::write(ends[1], text.data(), text.size()) < 0) ::_exit(2);
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text;
  std::array<char, 4096> buffer;
  for (ssize_t count = 0; (count = ::read(ends[0], buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0 ? text : "it ended of " + std::to_string(status) + ": " + text;
}

}  // namespace

TEST_CASE("where no thread is to be had, calls fail with that") {
  quiet_log();
  const test::TemporaryDirectory directory;
  const std::string said = without_threads(directory, [&] {
    LocalFunctionDriver driver(directory.file("runtime"), {});
    Spawner spawner;
    const auto listed = driver.list_page("", {});
    const auto started = spawner.start({{"/bin/true"}, {}, "/"});
    return (listed ? "listed" : listed.error().to_string()) + '|' + (started ? "started" : started.error().to_string());
  });
  CHECK(said.starts_with("unavailable: cannot start a thread: "));
  CHECK(test::contains(said, "|unavailable: cannot start a thread: "));
}

TEST_CASE("an asynchronous invocation that was accepted without a thread runs once there is one") {
  quiet_log();
  const test::TemporaryDirectory directory;
  const std::string said = without_threads(directory, [&]() -> std::string {
    const DirectoryStore store(directory.file("runtime"), false);
    if (!store.prepare()) return "the store could not be made";
    Invoker invoker(store, {});
    AsyncQueue queue(store, invoker, std::chrono::milliseconds(10));
    const auto now = std::chrono::system_clock::now();
    // It is done with at once, since there is no such function.
    if (auto status = queue.push({"none", "", "{}", "", "1234", 0, now, now}); !status) {
      return status.error().to_string();
    }
    queue.adopt();
    if (store.stored("queue").value().size() != 1) return "it was lost";
    if (!set_threads_allowed(true)) return "the limit could not be raised";
    queue.adopt();
    return test::soon([&] { return store.stored("queue").value().empty(); }) ? "done" : "it never ran";
  });
  CHECK(said == "done");
}
