#include "core/fail.h"
#include "hanging_bucket.h"
#include "object_store/hedged_get.h"
#include "support/more_time.h"
#include "support/stopwatch.h"
#include "support/temporary_directory.h"

#include <cloudkit/object_store.h>

#include <doctest/doctest.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <iterator>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

using namespace cloudkit;
using cloudkit::object_store::HedgePlan;
using cloudkit::test::HangingBucket;
using cloudkit::test::kTenThousandBytes;
using namespace std::chrono_literals;

namespace {

// One that has seen much, all of which took so long.
Hedge knowing(HedgePlan::Duration usual) {
  HedgePlan plan;
  for (int i = 0; i < 1000; ++i) {
    plan.began();
    plan.answered(usual);
  }
  return HedgeAccess::make(std::move(plan));
}

Error broken_by(ErrorCode code, bool retryable) {
  Error error = core::fail(code, "connection reset");
  error.retryable = retryable;
  error.attempts = 1;
  return error;
}

HangingBucket::Get fails(ErrorCode code, bool retryable) {
  return [=](const GetOptions&, ObjectReceiver&) -> Result<ObjectInfo> { return broken_by(code, retryable); };
}

struct HedgeFixture {
  HedgeFixture() {
    REQUIRE(bucket.put("k", kTenThousandBytes));
    options.hedge = knowing(20ms);
    counted = options.hedge.counts();
  }
  // Where the first bytes have to come before the patience is over: `read` is made with more of it as long as it
  // returns false, "they came too late".
  void with_enough_patience(const std::function<bool(std::chrono::milliseconds)>& read) {
    CHECK(::test::with_more_time(20ms, [&](std::chrono::milliseconds patience) {
      options.hedge = knowing(patience);
      counted = options.hedge.counts();
      driver->gets = driver->cancelled = 0;
      return read(patience);
    }));
  }
  std::uint64_t hedges() const { return options.hedge.counts().hedges - counted.hedges; }
  std::uint64_t won() const { return options.hedge.counts().won - counted.won; }

  std::shared_ptr<HangingBucket> driver = std::make_shared<HangingBucket>();
  Bucket bucket{driver};
  GetOptions options;
  HedgeCounts counted;
};

}  // namespace

TEST_CASE_FIXTURE(HedgeFixture, "a read that hangs is made again, and the one that hangs is cancelled") {
  driver->then(driver->hangs(), driver->serves());
  CHECK(bucket.get("k", options).value().data == kTenThousandBytes);
  CHECK(driver->gets == 2);
  CHECK(driver->cancelled == 1);
  CHECK(hedges() == 1);
  CHECK(won() == 1);
}

TEST_CASE_FIXTURE(HedgeFixture, "the second request of a ranged read asks for the same") {
  std::string out(100, ' ');
  options.condition = Condition::match(bucket.head("k").value().token);
  driver->then(driver->hangs(), [&](const GetOptions& asked, ObjectReceiver& receiver) {
    CHECK(asked.range->offset == 50);
    CHECK(asked.range->length == 100);
    CHECK(asked.condition.token() == options.condition.token());
    return driver->serves()(asked, receiver);
  });
  CHECK(bucket.read_at("k", 50, out, options).value() == 100);
  CHECK(out == kTenThousandBytes.substr(50, 100));
  CHECK(won() == 1);
}

TEST_CASE_FIXTURE(HedgeFixture, "a read that hangs in the middle goes on from there, pinned to what it was") {
  with_enough_patience([&](std::chrono::milliseconds) {
    bool in_time = false;
    driver->then(driver->hangs_after(4000), [&](const GetOptions& asked, ObjectReceiver& receiver) {
      in_time = asked.range.has_value();
      if (in_time) {
        CHECK(asked.range->offset == 4000);
        CHECK(asked.range->length == 6000);
        CHECK(asked.condition.kind() == Condition::Kind::match);
        CHECK(asked.condition.token() == bucket.head("k").value().token);
      }
      return driver->serves()(asked, receiver);
    });
    CHECK(bucket.get("k", options).value().data == kTenThousandBytes);
    return in_time;
  });
  CHECK(driver->cancelled == 1);
  CHECK(won() == 1);
}

TEST_CASE_FIXTURE(HedgeFixture, "a read that wakes up in time wins, and the second request is cancelled") {
  driver->then(driver->waits_for_second(driver->serves()), driver->hangs());
  CHECK(bucket.get("k", options).value().data == kTenThousandBytes);
  CHECK(driver->cancelled == 1);
  CHECK(hedges() == 1);
  CHECK(won() == 0);
}

TEST_CASE_FIXTURE(HedgeFixture, "a second request that fails changes nothing") {
  const auto waits = driver->waits_for_second([&](const GetOptions& asked, ObjectReceiver& receiver) {
    std::this_thread::sleep_for(20ms);
    return driver->serves()(asked, receiver);
  });
  driver->then(waits, fails(ErrorCode::permission_denied, false));
  CHECK(bucket.get("k", options).value().data == kTenThousandBytes);
  CHECK(driver->gets == 2);

  driver->gets = 0;
  driver->then(waits, fails(ErrorCode::unavailable, true));
  CHECK(bucket.get("k", options).value().data == kTenThousandBytes);
  CHECK(driver->gets == 2);
  CHECK(won() == 0);
}

TEST_CASE_FIXTURE(HedgeFixture, "when the first fails in a way that may pass, the second is waited for") {
  const auto serves_later = [&](const GetOptions& asked, ObjectReceiver& receiver) {
    std::this_thread::sleep_for(20ms);
    return driver->serves()(asked, receiver);
  };
  driver->then(driver->waits_for_second(fails(ErrorCode::unavailable, true)), serves_later);
  CHECK(bucket.get("k", options).value().data == kTenThousandBytes);
  CHECK(driver->gets == 2);
  CHECK(won() == 1);
}

TEST_CASE_FIXTURE(HedgeFixture, "when both fail, the first says why") {
  driver->then(driver->waits_for_second(fails(ErrorCode::unavailable, true)), fails(ErrorCode::timeout, true));
  const auto error = bucket.get("k", options).error();
  CHECK(error.code == ErrorCode::unavailable);
  CHECK(error.to_string() == "get mem://b/k: unavailable after 1 attempt: connection reset");
}

TEST_CASE_FIXTURE(HedgeFixture, "a final answer is not waited upon") {
  driver->then(driver->waits_for_second(fails(ErrorCode::not_found, false)), driver->hangs());
  CHECK(bucket.get("k", options).error().code == ErrorCode::not_found);
  CHECK(driver->cancelled == 1);
}

TEST_CASE_FIXTURE(HedgeFixture, "an object that was replaced while a read hung is never mixed with what was read") {
  std::atomic<bool> first_has_begun = false;
  std::atomic<bool> in_time = false;
  // The server ignores the pin.
  const auto other = [&](const GetOptions& asked, ObjectReceiver& receiver) -> Result<ObjectInfo> {
    in_time = asked.range.has_value();
    if (!in_time) return broken_by(ErrorCode::unavailable, true);
    while (!first_has_begun) std::this_thread::sleep_for(1ms);
    ObjectInfo info = driver->head("k", {}).value();
    info.token = "another";
    if (auto begun = receiver.begin(info, asked.range->offset, asked.range->length); !begun) return begun.error();
    FAIL_CHECK("the receiver takes bytes of another content");
    return info;
  };
  const auto wakes_up = [&](const GetOptions& asked, ObjectReceiver& receiver) -> Result<ObjectInfo> {
    const auto info = driver->head("k", {}).value();
    CHECK(receiver.begin(info, 0, kTenThousandBytes.size()));
    CHECK(receiver.write(Bytes(kTenThousandBytes.data(), 10)));
    first_has_begun = true;
    while (driver->gets < 2) std::this_thread::sleep_for(1ms);
    CHECK(asked.context.wait_for(20ms));
    CHECK(receiver.write(Bytes(kTenThousandBytes.data() + 10, kTenThousandBytes.size() - 10)));
    return info;
  };
  with_enough_patience([&](std::chrono::milliseconds) {
    first_has_begun = false;
    driver->then(wakes_up, other);
    CHECK(bucket.get("k", options).value().data == kTenThousandBytes);
    return in_time.load();
  });
  CHECK(driver->gets == 2);
  CHECK(won() == 0);
}

TEST_CASE_FIXTURE(HedgeFixture, "where nothing can be pinned, a read that hangs in the middle is left alone") {
  driver->conditional_gets = false;
  with_enough_patience([&](std::chrono::milliseconds patience) {
    driver->then(driver->hangs_after(10));
    options.context = Context::with_timeout(5 * patience);
    const auto object = bucket.get("k", options);
    if (driver->gets != 1) return false;
    CHECK(object.error().code == ErrorCode::timeout);
    return true;
  });
  CHECK(driver->gets == 1);
  CHECK(hedges() == 0);
}

TEST_CASE_FIXTURE(HedgeFixture, "a sink that takes its time is no silence") {
  struct Slow final : Sink {
    Status write(Bytes) override {
      std::this_thread::sleep_for(time);
      return {};
    }
    std::chrono::milliseconds time{};
  } sink;
  with_enough_patience([&](std::chrono::milliseconds patience) {
    sink.time = 3 * patience;
    CHECK(bucket.download("k", sink, options));
    return driver->gets == 1;
  });
  CHECK(driver->gets == 1);
}

TEST_CASE_FIXTURE(HedgeFixture, "cancelling and the deadline end both") {
  options.context = Context::cancellable();
  driver->then(driver->hangs(), driver->hangs());
  std::thread other([&] {
    while (driver->gets < 2) std::this_thread::sleep_for(1ms);
    options.context.cancel();
  });
  const ::test::Stopwatch watch;
  CHECK(bucket.get("k", options).error().code == ErrorCode::cancelled);
  CHECK(watch.elapsed() < ::test::kSoon);
  other.join();
  CHECK(driver->cancelled == 2);

  // Before the second request it would end but one.
  CHECK(::test::with_more_time(100ms, [&](std::chrono::milliseconds limit) {
    options.hedge = knowing(20ms);
    options.context = Context::with_timeout(limit);
    driver->gets = 0;
    driver->then(driver->hangs(), driver->hangs());
    const ::test::Stopwatch until_late;
    CHECK(bucket.get("k", options).error().code == ErrorCode::timeout);
    CHECK(until_late.elapsed() < limit + ::test::kSoon);
    return driver->gets == 2;
  }));
}

TEST_CASE_FIXTURE(HedgeFixture, "what a sink throws arrives at the caller, from either request") {
  struct Thrower final : Sink {
    Status write(Bytes) override { throw std::runtime_error("no more"); }
  } sink;
  driver->then(driver->hangs(), driver->serves());
  CHECK_THROWS_WITH((void)bucket.download("k", sink, options), "no more");
  driver->gets = 0;
  driver->then(driver->waits_for_second(driver->serves()), driver->hangs());
  CHECK_THROWS_WITH((void)bucket.download("k", sink, options), "no more");
}

TEST_CASE_FIXTURE(HedgeFixture, "what a sink refuses ends the read, from either request") {
  struct Full final : Sink {
    Status write(Bytes) override { return core::fail(ErrorCode::io, "full"); }
  } sink;
  driver->then(driver->hangs(), driver->serves());
  CHECK(bucket.download("k", sink, options).error().message == "full");
  CHECK(driver->gets == 2);
}

TEST_CASE_FIXTURE(HedgeFixture, "a download in parts and a reader are hedged part by part") {
  // Of all that is asked for, the first request for each third part hangs.
  std::mutex mutex;
  std::set<std::uint64_t> seen;
  driver->each = [&](const GetOptions& asked, ObjectReceiver& receiver) {
    const std::uint64_t offset = asked.range.value_or(ByteRange{}).offset;
    const bool is_first = [&] {
      const std::scoped_lock lock(mutex);
      return seen.insert(offset).second;
    }();
    return (is_first && offset % 3 == 0 ? driver->hangs() : driver->serves())(asked, receiver);
  };
  // All it has are ten hedges: none may go to a thread that only waits for a core.
  options.hedge = knowing(200ms);
  counted = options.hedge.counts();
  ::test::TemporaryDirectory directory;
  const File file{directory.file("k")};
  options.transfer.part_size = 1000;
  REQUIRE(bucket.download("k", file, options));
  std::ifstream stream(file.path, std::ios::binary);
  CHECK(std::string(std::istreambuf_iterator<char>(stream), {}) == kTenThousandBytes);
  CHECK(won() >= 1);

  seen.clear();
  auto reader = bucket.open_reader("k", options).value();
  std::string out(kTenThousandBytes.size(), ' ');
  CHECK(reader.read(out).value() == kTenThousandBytes.size());
  CHECK(out == kTenThousandBytes);
  CHECK(won() >= 3);
}

TEST_CASE_FIXTURE(HedgeFixture, "no hedge without being asked, nor where no network is") {
  const auto slow = [&](const GetOptions& asked, ObjectReceiver& receiver) {
    std::this_thread::sleep_for(60ms);
    return driver->serves()(asked, receiver);
  };
  driver->then(slow);
  CHECK(bucket.get("k"));
  driver->remote = false;
  driver->then(slow);
  CHECK(bucket.get("k", options));
  CHECK(driver->gets == 2);
  CHECK(Hedge().counts().reads == 0);
}

TEST_CASE_FIXTURE(HedgeFixture, "of many reads on many threads at most three in a hundred are made twice") {
  constexpr int kThreads = 8;
  constexpr int kEach = 250;
  options.hedge = Hedge::slow_reads();
  std::atomic<int> count{0};
  const auto sometimes = [&](const GetOptions& asked, ObjectReceiver& receiver) -> Result<ObjectInfo> {
    if (++count % 20 == 0) {
      if (auto waited = asked.context.wait_for(20ms); !waited) return waited.error();
    }
    return driver->serves()(asked, receiver);
  };
  driver->each = sometimes;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kEach; ++j) {
        std::string out(1000, ' ');
        const auto offset = static_cast<std::uint64_t>(j * 36);
        const auto got = bucket.read_at("k", offset, out, options);
        if (!got || *got != out.size() || out != kTenThousandBytes.substr(offset, out.size())) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  const HedgeCounts counts = options.hedge.counts();
  CHECK(counts.reads == kThreads * kEach);
  CHECK(counts.hedges > 0);
  CHECK(counts.hedges <= counts.reads * 3 / 100);
  CHECK(driver->gets == static_cast<int>(counts.reads + counts.hedges));
}
