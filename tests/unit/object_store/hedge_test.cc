#include "core/fail.h"
#include "memory/store_driver.h"
#include "object_store/hedged_get.h"
#include "pattern.h"
#include "support/forwarding_bucket.h"
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
using cloudkit::test::pattern;
using namespace std::chrono_literals;

namespace {

const std::string kTenThousandBytes = pattern(10'000);

// A memory bucket behind a network, of which some gets go as a test tells.
class HangingBucket final : public ForwardingBucket {
 public:
  using Get = std::function<Result<ObjectInfo>(const GetOptions&, ObjectReceiver&)>;

  HangingBucket() : ForwardingBucket(make_inner()) {}

  Capabilities capabilities() const override {
    Capabilities able = inner_->capabilities();
    able.remote = remote;
    able.conditional_get = conditional_gets;
    return able;
  }
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
    ++gets;
    if (each) return each(options, receiver);
    // Nobody knows which of them begins first.
    Get& step = std::this_thread::get_id() == reader_ ? first_ : second_;
    if (const Get now = std::exchange(step, {})) return now(options, receiver);
    return inner_->get(key, options, receiver);
  }

  // For the next read by this thread, and the request beside it.
  void then(Get first, Get second = {}) {
    first_ = std::move(first);
    second_ = std::move(second);
  }
  Get serves() {
    return [this](const GetOptions& options, ObjectReceiver& receiver) { return inner_->get("k", options, receiver); };
  }
  // Until it is cancelled.
  Get hangs() {
    return [this](const GetOptions& options, ObjectReceiver&) -> Result<ObjectInfo> {
      auto waited = options.context.wait_for(10s);
      if (!waited && waited.error().code == ErrorCode::cancelled) ++cancelled;
      if (waited) return core::fail(ErrorCode::timeout, "nobody cancelled it");
      return waited.error();
    };
  }
  // After so many bytes.
  Get hangs_after(std::size_t bytes) {
    return [this, bytes](const GetOptions& options, ObjectReceiver& receiver) -> Result<ObjectInfo> {
      const auto info = head("k", {}).value();
      CHECK(receiver.begin(info, 0, kTenThousandBytes.size()));
      CHECK(receiver.write(Bytes(kTenThousandBytes.data(), bytes)));
      return hangs()(options, receiver);
    };
  }
  // Once the second one is there.
  Get waits_for_second(Get then) {
    return [this, then](const GetOptions& options, ObjectReceiver& receiver) {
      while (gets < 2) std::this_thread::sleep_for(1ms);
      return then(options, receiver);
    };
  }

  bool remote = true;
  bool conditional_gets = true;
  Get each = {};  // For all gets, instead of those.
  std::atomic<int> gets{0};
  std::atomic<int> cancelled{0};

 private:
  static std::shared_ptr<BucketDriver> make_inner() {
    memory::MemoryStoreDriver store;
    if (!store.create_bucket("b", {})) std::abort();
    return store.bucket("b").value();
  }

  const std::thread::id reader_ = std::this_thread::get_id();
  Get first_;
  Get second_;
};

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
  driver->then(driver->hangs_after(4000), [&](const GetOptions& asked, ObjectReceiver& receiver) {
    CHECK(asked.range->offset == 4000);
    CHECK(asked.range->length == 6000);
    CHECK(asked.condition.kind() == Condition::Kind::match);
    CHECK(asked.condition.token() == bucket.head("k").value().token);
    return driver->serves()(asked, receiver);
  });
  CHECK(bucket.get("k", options).value().data == kTenThousandBytes);
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
  // The server ignores the pin.
  const auto other = [&](const GetOptions& asked, ObjectReceiver& receiver) -> Result<ObjectInfo> {
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
  driver->then(wakes_up, other);
  CHECK(bucket.get("k", options).value().data == kTenThousandBytes);
  CHECK(driver->gets == 2);
  CHECK(won() == 0);
}

TEST_CASE_FIXTURE(HedgeFixture, "where nothing can be pinned, a read that hangs in the middle is left alone") {
  driver->conditional_gets = false;
  driver->then(driver->hangs_after(10));
  options.context = Context::with_timeout(100ms);
  CHECK(bucket.get("k", options).error().code == ErrorCode::timeout);
  CHECK(driver->gets == 1);
  CHECK(hedges() == 0);
}

TEST_CASE_FIXTURE(HedgeFixture, "a sink that takes its time is no silence") {
  struct Slow final : Sink {
    Status write(Bytes) override {
      std::this_thread::sleep_for(250ms);
      return {};
    }
  } sink;
  options.hedge = knowing(100ms);
  CHECK(bucket.download("k", sink, options));
  CHECK(driver->gets == 1);
}

TEST_CASE_FIXTURE(HedgeFixture, "cancelling and the deadline end both") {
  options.context = Context::cancellable();
  driver->then(driver->hangs(), driver->hangs());
  std::thread other([&] {
    while (driver->gets < 2) std::this_thread::sleep_for(1ms);
    options.context.cancel();
  });
  const auto began = std::chrono::steady_clock::now();
  CHECK(bucket.get("k", options).error().code == ErrorCode::cancelled);
  other.join();
  CHECK(driver->cancelled == 2);

  options.context = Context::with_timeout(100ms);
  driver->then(driver->hangs(), driver->hangs());
  CHECK(bucket.get("k", options).error().code == ErrorCode::timeout);
  CHECK(driver->gets == 4);
  CHECK(std::chrono::steady_clock::now() - began < 5s);
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
