#include "lossy_bucket.h"
#include "support/driver_io.h"
#include "support/scripted_bucket.h"
#include "support/stopwatch.h"
#include "support/temporary_directory.h"
#include "support/virtual_time.h"

#include <cloudkit/object_store.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace cloudkit;
using cloudkit::test::LossyBucket;
using cloudkit::test::ScriptedBucket;
using cloudkit::test::VirtualTime;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kRate = 10'000;
constexpr double kSeconds = 1.9;  // For the 20,000 bytes below, of which a tenth of a second's go at once.

struct BandwidthFixture {
  VirtualTime time;
  std::shared_ptr<LossyBucket> driver =
      std::make_shared<LossyBucket>(UploadLimits{.min_part = 4, .max_part = 1000, .max_parts = 100});
  Bucket bucket{driver};
  ::test::TemporaryDirectory directory;
  const std::string data = std::string(19'999, 'x') + "!";
  TransferOptions whole;
  TransferOptions parts;  // By at most eight workers.

  BandwidthFixture() {
    whole.bandwidth = parts.bandwidth = time.limit(kRate);
    parts.part_size = 1000;
    parts.workers = 8;
  }
  File file(const std::string& name) { return File{directory.path() + "/" + name}; }
  File filled_file() {
    std::ofstream(file("from").path) << data;
    return file("from");
  }
  void check_time(double seconds = kSeconds) {
    CHECK(time.seconds() == doctest::Approx(seconds));
    CHECK(time.longest_wait() < 0.06 * 8);  // It moves steadily: each piece is worth a twentieth of a second.
  }
  void check_content() { CHECK(bucket.get("k").value().data == data); }
};

struct Filled : BandwidthFixture {
  Filled() { REQUIRE(bucket.put("k", data)); }
};

}  // namespace

TEST_CASE_FIXTURE(BandwidthFixture, "a put of one piece takes its time") {
  REQUIRE(bucket.put("k", data, {.transfer = whole}));
  check_time();
  check_content();
}

TEST_CASE_FIXTURE(BandwidthFixture, "all workers of a put in parts together keep the limit") {
  REQUIRE(bucket.put("k", data, {.transfer = parts}));
  CHECK(driver->count("part") == 20);
  check_time();
  check_content();
}

TEST_CASE_FIXTURE(BandwidthFixture, "puts of files keep it, resumable ones too") {
  const File from = filled_file();
  REQUIRE(bucket.put("k", from, {.transfer = whole}));
  check_time();
  parts.resume = true;
  REQUIRE(bucket.put("k", from, {.transfer = parts}));
  check_time(2 * kSeconds + 0.1);
  check_content();
}

TEST_CASE_FIXTURE(BandwidthFixture, "a writer keeps it") {
  ObjectWriter writer = bucket.open_writer("k", {.transfer = parts}).value();
  for (std::size_t at = 0; at < data.size(); at += 70) REQUIRE(writer.write(std::string_view(data).substr(at, 70)));
  REQUIRE(writer.finish());
  check_time();
  check_content();
}

TEST_CASE_FIXTURE(Filled, "gets, into memory and into a sink, keep it") {
  struct Kept final : Sink {
    Status write(Bytes chunk) override {
      largest = std::max(largest, chunk.size());
      data.append(chunk.view());
      return {};
    }
    std::size_t largest = 0;
    std::string data;
  } sink;
  CHECK(bucket.get("k", {.transfer = whole}).value().data == data);
  check_time();
  REQUIRE(bucket.download("k", sink, {.transfer = whole}));
  check_time(2 * kSeconds + 0.1);
  CHECK(sink.data == data);
  CHECK(sink.largest == 500);
  std::string out(1000, '\0');
  CHECK(bucket.read_at("k", 0, out, {.transfer = whole}).value() == 1000);
  check_time(2 * kSeconds + 0.2);
}

TEST_CASE_FIXTURE(Filled, "a download to a file from both ends keeps it") {
  REQUIRE(bucket.download("k", file("to"), {.transfer = parts}));
  CHECK(time.seconds() >= kSeconds - 0.001);
  CHECK(time.seconds() < kSeconds + 0.3);  // Where the two ends meet a little comes twice.
}

TEST_CASE_FIXTURE(Filled, "a reader keeps it") {
  ObjectReader reader = bucket.open_reader("k", {.transfer = parts}).value();
  std::string out(data.size(), '\0');
  CHECK(reader.read(out).value() == data.size());
  CHECK(out == data);
  CHECK(time.seconds() >= kSeconds - 0.001);
  CHECK(time.seconds() < kSeconds + 0.1);
}

TEST_CASE_FIXTURE(Filled, "transfers that were given the same limit share it") {
  std::thread other([&] { CHECK(bucket.put("other", data, {.transfer = parts})); });
  CHECK(bucket.get("k", {.transfer = whole}).value().data == data);
  other.join();
  check_time(2 * kSeconds + 0.1);
}

TEST_CASE_FIXTURE(Filled, "a copy is the service's work, and not limited") {
  driver->max_copy_size = 1000;
  REQUIRE(bucket.copy("k", "copy"));
  CHECK(time.seconds() == 0);
}

TEST_CASE_FIXTURE(BandwidthFixture, "a limited body does not lie in memory for who sends it, another does") {
  struct Seen final : ForwardingBucket {
    explicit Seen(std::shared_ptr<BucketDriver> inner) : ForwardingBucket(std::move(inner)) {}
    Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
      in_memory = source.contiguous().has_value();
      return inner_->put(key, source, options);
    }
    bool in_memory = false;
  };
  const auto seen = std::make_shared<Seen>(driver);
  REQUIRE(Bucket(seen).put("k", data, {.transfer = whole}));
  CHECK_FALSE(seen->in_memory);
  REQUIRE(Bucket(seen).put("k", data));
  CHECK(seen->in_memory);
}

TEST_CASE_FIXTURE(BandwidthFixture, "a driver learns how little to bring at once") {
  const auto scripted = std::make_shared<ScriptedBucket>();
  std::vector<std::size_t> hints;
  for (int i = 0; i < 2; ++i) {
    scripted->gets.push_back([&](const GetOptions&, ObjectReceiver& receiver) -> Result<ObjectInfo> {
      hints.push_back(receiver.most_at_once());
      ObjectInfo info;
      if (auto begun = receiver.begin(info, 0, 0); !begun) return begun.error();
      return info;
    });
  }
  REQUIRE(Bucket(scripted).get("k", {.transfer = whole}));
  REQUIRE(Bucket(scripted).get("k"));
  CHECK(hints == std::vector<std::size_t>{500, SIZE_MAX});
}

TEST_CASE_FIXTURE(Filled, "who waits for its turn is cancelled at once, and leaves nothing") {
  whole.bandwidth = parts.bandwidth = BandwidthLimit::bytes_per_second(1000);  // 20 s, by the real clock.
  for (const bool upload : {true, false}) {
    CAPTURE(upload);
    const Context context = Context::cancellable();
    Context::Clock::time_point cancelled;
    std::thread canceller([&] {
      std::this_thread::sleep_for(150ms);
      cancelled = Context::Clock::now();
      context.cancel();
    });
    const auto info = upload ? bucket.put("new", data, {.context = context, .transfer = parts})
                             : bucket.download("k", file("to"), {.context = context, .transfer = parts});
    const auto ended = Context::Clock::now();
    canceller.join();
    REQUIRE_FALSE(info);
    CHECK(info.error().code == ErrorCode::cancelled);
    CHECK(ended - cancelled < ::test::kSoon);
    CHECK(driver->uploads_left() == 0);
    CHECK_FALSE(bucket.exists("new").value());
    CHECK(std::filesystem::is_empty(directory.path()));
  }
}

TEST_CASE_FIXTURE(Filled, "a deadline that passes while bytes wait is a timeout") {
  whole.bandwidth = BandwidthLimit::bytes_per_second(1000);
  const auto context = Context::with_timeout(50ms);
  const auto put = bucket.put("new", data, {.context = context, .transfer = whole});
  REQUIRE_FALSE(put);
  CHECK(put.error().code == ErrorCode::timeout);
  CHECK(put.error().message == "the caller's deadline passed");
  const auto object = bucket.get("k", {.context = Context::with_timeout(50ms), .transfer = whole});
  REQUIRE_FALSE(object);
  CHECK(object.error().code == ErrorCode::timeout);
}
