#include "object_store/transfer/crew.h"
#include "core/fail.h"

#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <stdexcept>

using namespace cloudkit;
using namespace cloudkit::object_store;
using namespace std::chrono_literals;

namespace {

Error failure(ErrorCode code) { return core::fail(code, "told to"); }

}  // namespace

TEST_CASE("every part is done once, by the workers that were asked for and no more") {
  for (const int workers : {1, 2, 8, 64}) {
    std::vector<std::atomic<int>> done(100);
    std::atomic<int> at_once{0};
    std::atomic<int> most{0};
    const Status status = for_each_part(done.size(), workers, {}, [&](std::uint64_t index, const Context&) {
      most = std::max(most.load(), ++at_once);
      ++done[index];
      --at_once;
      return Result<std::uint64_t>(std::uint64_t{1});
    });
    CHECK(status);
    for (const auto& count : done) CHECK(count == 1);
    CHECK(most <= workers);
  }
}

TEST_CASE("one worker is the calling thread") {
  const auto caller = std::this_thread::get_id();
  CHECK(for_each_part(10, 1, {}, [&](std::uint64_t, const Context&) {
    CHECK(std::this_thread::get_id() == caller);
    return Result<std::uint64_t>(std::uint64_t{1});
  }));
}

TEST_CASE("a crew without parts is done") {
  CHECK(for_each_part(0, 8, {}, [](std::uint64_t, const Context&) -> Result<std::uint64_t> {
    FAIL("there is no part");
    return std::uint64_t{0};
  }));
}

TEST_CASE("the first error ends all: it wakes the others, begins no part more, and is what is returned") {
  std::atomic<int> begun{0};
  std::atomic<int> woken{0};
  const auto status = for_each_part(1000, 4, {}, [&](std::uint64_t index, const Context& context) {
    ++begun;
    if (index == 1) return Result<std::uint64_t>(failure(ErrorCode::permission_denied));
    const Status waited = context.wait_for(10s);
    if (!waited) ++woken;
    return Result<std::uint64_t>(waited.error());
  });
  REQUIRE_FALSE(status);
  CHECK(status.error().code == ErrorCode::permission_denied);
  CHECK(woken == begun - 1);
  CHECK(begun <= 4);
}

TEST_CASE("cancelling the caller's context ends all") {
  const Context context = Context::cancellable();
  const auto status = for_each_part(1000, 4, context, [&](std::uint64_t, const Context& own) {
    context.cancel();
    return Result<std::uint64_t>(own.wait_for(10s).error());
  });
  CHECK(status.error().code == ErrorCode::cancelled);
}

TEST_CASE("a throttled part is done again, by fewer") {
  std::atomic<int> refusals{0};
  std::vector<std::atomic<int>> done(50);
  const auto status = for_each_part(done.size(), 8, {}, [&](std::uint64_t index, const Context&) {
    if (index % 10 == 3 && ++refusals <= 5) return Result<std::uint64_t>(failure(ErrorCode::throttled));
    ++done[index];
    return Result<std::uint64_t>(std::uint64_t{1});
  });
  CHECK(status);
  for (const auto& count : done) CHECK(count == 1);
}

TEST_CASE("a service that throttles now and then, for as long as a crew lives, is only slow") {
  std::vector<int> tries(40);
  const auto status = for_each_part(tries.size(), 1, {}, [&](std::uint64_t index, const Context&) {
    return ++tries[index] == 1 && index % 2 == 0 ? Result<std::uint64_t>(failure(ErrorCode::throttled))
                                                 : Result<std::uint64_t>(std::uint64_t{1});
  });
  CHECK(status);
  CHECK(tries[38] == 2);
}

TEST_CASE("what the service throttles for ever ends") {
  int tries = 0;
  const auto status = for_each_part(2, 1, {}, [&](std::uint64_t, const Context&) {
    ++tries;
    return Result<std::uint64_t>(failure(ErrorCode::throttled));
  });
  CHECK(status.error().code == ErrorCode::throttled);
  CHECK(tries == 17);
}

TEST_CASE("an exception of a part, in whatever thread, reaches the caller after all have ended") {
  std::atomic<int> running{0};
  const auto run = [&] {
    (void)for_each_part(100, 4, {}, [&](std::uint64_t index, const Context& context) {
      ++running;
      if (index == 2) {
        --running;
        throw std::runtime_error("a user's own");
      }
      (void)context.wait_for(1ms);
      --running;
      return Result<std::uint64_t>(std::uint64_t{1});
    });
  };
  CHECK_THROWS_WITH(run(), "a user's own");
  CHECK(running == 0);
}

TEST_CASE("a crew that is given up ends what it does") {
  std::atomic<int> cancelled{0};
  std::atomic<std::uint64_t> next{0};
  {
    Crew crew(
        3, {}, [&] { return std::optional<std::uint64_t>(next++); },
        [&](std::uint64_t, const Context& context) {
          const Status waited = context.wait_for(10s);
          if (!waited) ++cancelled;
          return Result<std::uint64_t>(waited.error());
        });
    crew.start();
    while (next == 0) std::this_thread::yield();
  }
  CHECK(cancelled >= 1);
}

TEST_CASE("what is added one by one is done once, in whatever thread, while the caller goes on") {
  const auto caller = std::this_thread::get_id();
  for (const int workers : {1, 2, 8}) {
    std::vector<std::atomic<int>> done(200);
    std::atomic<int> at_once{0};
    std::atomic<int> most{0};
    Crew crew(workers, {}, [&](std::uint64_t index, const Context&) {
      CHECK((std::this_thread::get_id() == caller) == (workers == 1));
      most = std::max(most.load(), ++at_once);
      ++done[index];
      --at_once;
      return Result<std::uint64_t>(std::uint64_t{1});
    });
    for (std::uint64_t index = 0; index < done.size(); ++index) {
      crew.add(index);
      CHECK(crew.wait_for_room());
      CHECK(crew.wait_until([&] { return index % 50 != 0 || done[index] == 1; }));
    }
    // So that none is left for this thread.
    CHECK(crew.wait_until([&] { return std::all_of(done.begin(), done.end(), [](const auto& n) { return n == 1; }); }));
    CHECK(crew.run());
    for (const auto& count : done) CHECK(count == 1);
    CHECK(most <= workers);
  }
}

TEST_CASE("the first error of what is added wakes who waits, and ends all") {
  std::atomic<int> woken{0};
  Crew crew(4, {}, [&](std::uint64_t index, const Context& context) {
    if (index == 1) return Result<std::uint64_t>(failure(ErrorCode::permission_denied));
    const Status waited = context.wait_for(10s);
    if (!waited) ++woken;
    return Result<std::uint64_t>(waited.error());
  });
  crew.add(0);
  crew.add(1);
  CHECK_FALSE(crew.wait_until([] { return false; }));
  CHECK(crew.failed());
  crew.add(2);  // Nobody does it any more.
  CHECK_FALSE(crew.wait_for_room());
  CHECK(crew.run().error().code == ErrorCode::permission_denied);
  CHECK(woken == 1);
}

TEST_CASE("what is throttled in a thread is done again, while more is added") {
  std::atomic<int> refusals{0};
  std::vector<std::atomic<int>> done(100);
  Crew crew(8, {}, [&](std::uint64_t index, const Context&) {
    if (index % 10 == 3 && ++refusals <= 5) return Result<std::uint64_t>(failure(ErrorCode::throttled));
    ++done[index];
    return Result<std::uint64_t>(std::uint64_t{1});
  });
  for (std::uint64_t index = 0; index < done.size(); ++index) {
    crew.add(index);
    CHECK(crew.wait_for_room());
  }
  CHECK(crew.run());
  for (const auto& count : done) CHECK(count == 1);
}

TEST_CASE("an exception of what was added reaches who joins") {
  Crew crew(2, {}, [](std::uint64_t, const Context&) -> Result<std::uint64_t> { throw std::runtime_error("mine"); });
  crew.add(0);
  CHECK_FALSE(crew.wait_until([] { return false; }));
  CHECK_THROWS_WITH((void)crew.run(), "mine");
}
