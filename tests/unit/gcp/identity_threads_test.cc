// Many threads, one search and one token. Label "threads": it runs under ThreadSanitizer.
#include "gcp/credentials/found_identity.h"
#include "surroundings.h"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <latch>
#include <thread>
#include <vector>

using namespace cloudkit;
using namespace std::chrono_literals;

namespace {

constexpr int kThreads = 64;

void in_threads(const std::function<void()>& work) {
  std::latch start(kThreads);
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      start.arrive_and_wait();
      work();
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

TEST_CASE("64 threads find a machine once, and ask it for one token") {
  std::atomic<int> emails{0};
  std::atomic<int> tokens{0};
  testing::FakeEnvironment home;
  const auto server = std::make_shared<testing::ScriptedTransport>(
      [&](const http::Request& request, http::BodyReceiver* to, const Context& context) {
        std::this_thread::sleep_for(5ms);
        const bool email = request.path.ends_with("/email");
        ++(email ? emails : tokens);
        return testing::reply(200, {{"Metadata-Flavor", "Google"}},
                              email ? "robot@p.test" : R"({"access_token":"cktest-access-1","expires_in":3599})")(
            request, to, context);
      });
  const auto machine = gcp::make_default_identity({home.view(), server, {}, {}});
  std::atomic<int> found{0};
  in_threads([&] { found += machine->get({}).value().value == "cktest-access-1" ? 1 : 0; });
  CHECK(found == kThreads);
  CHECK(emails == 1);
  CHECK(tokens == 1);
}

TEST_CASE("a search that fails is told to all who waited for it") {
  std::atomic<int> searches{0};
  gcp::FoundIdentity none([&](const Context&) -> Result<std::shared_ptr<gcp::Identity>> {
    ++searches;
    std::this_thread::sleep_for(200ms);
    return Error(ErrorCode::unauthenticated, "nobody is here");
  });
  std::atomic<int> told{0};
  in_threads([&] { told += none.get({}).error().message == "nobody is here" ? 1 : 0; });
  CHECK(told == kThreads);
  CHECK(searches < kThreads / 8);  // One, but for threads that a busy machine starts late.
}

TEST_CASE("who waits for another's search is bounded by its own context, and takes its place when it is cancelled") {
  std::atomic<int> searches{0};
  const Context first = Context::cancellable();
  std::latch searching(1);
  gcp::FoundIdentity found([&](const Context& context) -> Result<std::shared_ptr<gcp::Identity>> {
    if (++searches == 1) {
      searching.count_down();
      return context.wait_for(10s).error();
    }
    return gcp::identity_from_token({"cktest-own-1", {}, {}});
  });
  std::thread searcher([&] { CHECK(found.get(first).error().code == ErrorCode::cancelled); });
  searching.wait();
  const auto late = found.get(Context::with_timeout(60ms));
  CHECK(late.error().code == ErrorCode::timeout);
  CHECK(::test::contains(late.error().message, "while waiting for credentials that another thread looks for"));
  std::thread waiter([&] { CHECK(found.get({}).value().value == "cktest-own-1"); });
  std::this_thread::sleep_for(20ms);
  first.cancel();
  searcher.join();
  waiter.join();
  CHECK(searches == 2);
}
