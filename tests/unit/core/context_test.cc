#include <cloudkit/context.h>

#include "core/context_wait.h"
#include "support/stopwatch.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

using namespace cloudkit;
using namespace std::chrono_literals;

namespace {
auto elapsed_of(const std::function<void()>& body) {
  const auto start = Context::Clock::now();
  body();
  return Context::Clock::now() - start;
}

// Whether something that waits for descriptors of the context would be woken.
bool wakes(const Context& context) {
  for (const int fd : ContextAccess::wake_descriptors(context)) {
    pollfd one = {fd, POLLIN, 0};
    if (::poll(&one, 1, 0) == 1) return true;
  }
  return false;
}

void end_child(bool right) { ::_exit(right ? 0 : 1); }

bool succeeded(pid_t child) {
  int status = -1;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
}  // namespace

TEST_CASE("the default context never ends") {
  const Context context;
  context.cancel();
  CHECK_FALSE(context.cancelled());
  CHECK_FALSE(context.deadline());
  CHECK(context.check());
  CHECK(context.remaining(3s) == 3s);
  CHECK(ContextAccess::wake_descriptors(context).empty());
}

TEST_CASE("copies share their cancellation") {
  const Context context = Context::cancellable();
  const Context copy = context;
  context.cancel();
  CHECK(copy.cancelled());
  REQUIRE_FALSE(copy.check());
  CHECK(copy.check().error().code == ErrorCode::cancelled);
}

TEST_CASE("a child is cancelled with its parent, but not the other way round") {
  const Context parent = Context::cancellable();
  const Context child = parent.child();
  const Context sibling = parent.child();
  child.cancel();
  CHECK(child.cancelled());
  CHECK_FALSE(parent.cancelled());
  CHECK_FALSE(sibling.cancelled());
  parent.cancel();
  CHECK(sibling.cancelled());
}

TEST_CASE("a child takes the earlier deadline") {
  const Context parent = Context::with_timeout(1h);
  CHECK(parent.child_with_timeout(2h).deadline() == parent.deadline());
  CHECK(parent.child_with_timeout(1min).deadline() < parent.deadline());
}

TEST_CASE("a deadline in the past is a timeout at once") {
  const Context context = Context::with_timeout(-1s);
  CHECK(context.remaining(1s) == 0s);
  REQUIRE_FALSE(context.check());
  CHECK(context.check().error().code == ErrorCode::timeout);
  CHECK(elapsed_of([&] { CHECK_FALSE(context.wait_for(60s)); }) < ::test::kSoon);
}

TEST_CASE("the longest timeout is no deadline, not one in the past") {
  const Context context = Context::with_timeout(Context::Clock::duration::max());
  CHECK(context.check());
  CHECK(context.child_with_timeout(Context::Clock::duration::max()).check());
  CHECK_FALSE(context.deadline());
}

TEST_CASE("a wait ends when it is over, at the deadline, or when it is cancelled from another thread") {
  CHECK(Context().wait_for(2ms));
  CHECK_FALSE(Context::with_timeout(5ms).wait_for(60s));

  const Context parent = Context::cancellable();
  const Context child = parent.child();
  std::thread canceller([&] {
    std::this_thread::sleep_for(20ms);
    parent.cancel();
  });
  CHECK(elapsed_of([&] { CHECK(child.wait_for(60s).error().code == ErrorCode::cancelled); }) < ::test::kSoon);
  canceller.join();
}

TEST_CASE("cancelling before the first wait is not lost") {
  const Context context = Context::cancellable();
  context.cancel();
  CHECK(elapsed_of([&] { CHECK_FALSE(context.wait_for(60s)); }) < ::test::kSoon);
}

TEST_CASE("a signal handler may cancel") {
  static const Context context = Context::cancellable();
  const auto before = std::signal(SIGUSR1, [](int) { context.cancel(); });
  std::raise(SIGUSR1);
  std::signal(SIGUSR1, before);
  CHECK(context.cancelled());
}

TEST_CASE("many threads wait for one context") {
  const Context context = Context::cancellable();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { CHECK_FALSE(context.wait_for(60s)); });
  context.cancel();
  CHECK(elapsed_of([&] {
          for (auto& thread : threads) thread.join();
        }) < ::test::kSoon);
}

#ifdef __cpp_lib_jthread
TEST_CASE("a stop token converts") {
  // On the heap: GCC 12 thinks one on the stack uninitialised.
  const auto source = std::make_unique<std::stop_source>();
  const Context context = source->get_token();
  CHECK_FALSE(context.cancelled());
  source->request_stop();
  CHECK(context.cancelled());
}
#endif

TEST_CASE("nothing remains of a deadline at the beginning of time") {
  const auto context = Context::with_deadline(Context::Clock::time_point::min());
  CHECK(context.remaining(1s) == 0s);
  CHECK(Context::with_timeout(Context::Clock::duration::min()).remaining(1s) == 0s);
  CHECK(context.wait_for(1s).error().code == ErrorCode::timeout);
}

TEST_CASE("a cancel in a process that was forked does not wake the one that forked it, which can still be cancelled") {
  const auto context = Context::cancellable();
  REQUIRE_FALSE(ContextAccess::wake_descriptors(context).empty());
  const pid_t child = ::fork();
  if (child == 0) {
    context.cancel();
    end_child(context.cancelled() && context.wait_for(1s).error().code == ErrorCode::cancelled);
  }
  REQUIRE(succeeded(child));
  CHECK_FALSE(wakes(context));
  CHECK(context.wait_for(1ms));
  context.cancel();
  CHECK(wakes(context));
}

TEST_CASE("nor is a forked process woken by the one that it comes from, but by what it makes itself") {
  const auto context = Context::cancellable();
  REQUIRE_FALSE(ContextAccess::wake_descriptors(context).empty());
  int gate[2];
  REQUIRE(::pipe(gate) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    char byte = 0;
    const bool told = ::read(gate[0], &byte, 1) == 1;
    const auto own = Context::cancellable();
    const bool quiet = !wakes(context) && !wakes(own);
    own.cancel();
    end_child(told && quiet && wakes(own));
  }
  context.cancel();
  CHECK(::write(gate[1], "", 1) == 1);
  CHECK(succeeded(child));
  for (const int fd : gate) ::close(fd);
}

TEST_CASE("where the standard descriptors are closed, none of them becomes a context's") {
  const pid_t child = ::fork();
  if (child == 0) {
    for (const int fd : {0, 1, 2}) ::close(fd);
    const auto context = Context::cancellable();
    bool right = ContextAccess::wake_descriptors(context).size() == 1 && !wakes(context);
    for (const int fd : {0, 1, 2}) right = right && ::fcntl(fd, F_GETFD) < 0;
    context.cancel();
    end_child(right && wakes(context));
  }
  CHECK(succeeded(child));
}
