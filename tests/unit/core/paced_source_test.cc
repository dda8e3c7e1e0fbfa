#include "core/paced_source.h"
#include "support/stopwatch.h"
#include "support/virtual_time.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

using namespace cloudkit;
using cloudkit::test::VirtualTime;
using core::PacedSource;
using namespace std::chrono_literals;

namespace {

class MemorySource final : public Source {
 public:
  explicit MemorySource(std::string data) : data_(std::move(data)) {}
  std::uint64_t size() const noexcept override { return data_.size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    if (offset >= data_.size()) return std::size_t{0};
    return data_.copy(out.data(), out.size(), static_cast<std::size_t>(offset));
  }
  std::optional<Bytes> contiguous() const override { return Bytes(data_); }

 private:
  const std::string data_;
};

// How many bytes each read gave, until the end.
std::vector<std::size_t> read_all(const Source& source, std::string& data) {
  std::vector<std::size_t> counts;
  std::string buffer(1 << 16, '\0');
  while (true) {
    const auto count = source.read_at(data.size(), buffer);
    REQUIRE(count);
    if (*count == 0) return counts;
    data.append(buffer, 0, *count);
    counts.push_back(*count);
  }
}

Context::Clock::duration timed(const std::function<void()>& action) {
  const auto begin = Context::Clock::now();
  action();
  return Context::Clock::now() - begin;
}

}  // namespace

TEST_CASE("a limited source gives its bytes piece by piece, and never as a whole") {
  VirtualTime time;
  const BandwidthLimit limit = time.limit(10'000);
  const MemorySource source(std::string(1'999, 'x') + "!");
  const Context context;
  const PacedSource paced(source, limit, context);
  CHECK(paced.size() == 2'000);
  CHECK_FALSE(paced.contiguous());
  std::string data;
  CHECK(read_all(paced, data) == std::vector<std::size_t>(4, 500));
  CHECK(Bytes(data).view() == source.contiguous()->view());
  CHECK(time.seconds() == doctest::Approx(0.1));  // 0.2 s, of which the first tenth was saved up.
}

TEST_CASE("without a limit a source is as it was") {
  const MemorySource source("0123456789");
  for (const BandwidthLimit& limit : {BandwidthLimit(), BandwidthLimit::bytes_per_second(0)}) {
    CHECK_FALSE(limit);
    const Context context;
    const PacedSource paced(source, limit, context);
    CHECK(paced.contiguous()->data() == source.contiguous()->data());
    std::string data;
    CHECK(read_all(paced, data) == std::vector<std::size_t>{10});
  }
}

TEST_CASE("who sends nothing reads the source itself") {
  VirtualTime time;
  const BandwidthLimit limit = time.limit(1);
  const MemorySource source("0123456789");
  const Context context;
  const PacedSource paced(source, limit, context);
  CHECK(&core::unpaced(paced) == &source);
  CHECK(&core::unpaced(source) == &source);
}

TEST_CASE("an error of the source is not waited for") {
  class Broken final : public Source {
   public:
    std::uint64_t size() const noexcept override { return 100; }
    Result<std::size_t> read_at(std::uint64_t, std::span<char>) const override {
      return Error(ErrorCode::io, "the disk is gone", "");
    }
  };
  VirtualTime time;
  const BandwidthLimit limit = time.limit(1);
  const Broken source;
  const Context context;
  char byte = 0;
  const auto count = PacedSource(source, limit, context).read_at(0, {&byte, 1});
  REQUIRE_FALSE(count);
  CHECK(count.error().message == "the disk is gone");
  CHECK(time.seconds() == 0);
}

TEST_CASE("copies of a limit share it, however many threads there are") {
  VirtualTime time;
  const BandwidthLimit limit = time.limit(100'000);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([copy = limit] {
      for (int piece = 0; piece < 25; ++piece) CHECK(BandwidthAccess::wait_for(copy, 5'000, Context()));
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(time.seconds() == doctest::Approx(10 - 0.1));
  CHECK(time.longest_wait() < 8 * 0.05 + 0.001);  // Nobody waits for more than everybody's turn.
}

TEST_CASE("a cancel ends the wait at once") {
  const BandwidthLimit limit = BandwidthLimit::bytes_per_second(1);
  const Context context = Context::cancellable();
  std::thread canceller([&] {
    std::this_thread::sleep_for(30ms);
    context.cancel();
  });
  Status waited;
  const auto took = timed([&] { waited = BandwidthAccess::wait_for(limit, 100, context); });
  canceller.join();
  REQUIRE_FALSE(waited);
  CHECK(waited.error().code == ErrorCode::cancelled);
  CHECK(waited.error().message == "the caller cancelled it");
  CHECK(took < ::test::kSoon);
}

TEST_CASE("bytes of a wait that was cancelled are there for others") {
  VirtualTime time;
  const BandwidthLimit limit = time.limit(1);
  const Context context = Context::cancellable();
  context.cancel();
  for (int i = 0; i < 100; ++i) CHECK_FALSE(BandwidthAccess::wait_for(limit, 1, context));
  CHECK(BandwidthAccess::wait_for(limit, 1, Context()));
  CHECK(time.seconds() == doctest::Approx(0.9));
}

TEST_CASE("a deadline ends the wait") {
  const BandwidthLimit limit = BandwidthLimit::bytes_per_second(1);
  Status waited;
  CHECK(timed([&] { waited = BandwidthAccess::wait_for(limit, 100, Context::with_timeout(20ms)); }) < ::test::kSoon);
  REQUIRE_FALSE(waited);
  CHECK(waited.error().code == ErrorCode::timeout);
  CHECK(waited.error().message == "the caller's deadline passed");
}
