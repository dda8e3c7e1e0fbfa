#include "lossy_bucket.h"
#include "support/driver_io.h"
#include "support/soon.h"
#include "support/varied_bytes.h"

#include <cloudkit/object_store.h>

#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

using namespace cloudkit;
using cloudkit::test::Fate;
using cloudkit::test::in_parts;
using cloudkit::test::LossyBucket;
using ::test::varied_bytes;
using namespace std::chrono_literals;

namespace {

struct WriterFixture {
  std::shared_ptr<LossyBucket> driver =
      std::make_shared<LossyBucket>(UploadLimits{.min_part = 4, .max_part = 1000, .max_parts = 100});
  Bucket bucket{driver};

  // In pieces of `step` bytes.
  Status write(ObjectWriter& writer, const std::string& data, std::size_t step) {
    for (std::size_t i = 0; i < data.size(); i += step) {
      if (auto written = writer.write(std::string_view(data).substr(i, step)); !written) return written;
    }
    return {};
  }
  void check_nothing_left() {
    CHECK(driver->uploads_left() == 0);
    CHECK_FALSE(bucket.exists("k").value());
  }
};

}  // namespace

TEST_CASE_FIXTURE(WriterFixture, "what is written piece by piece arrives whole, whatever the pieces are") {
  for (const std::size_t size : {0, 1, 9, 10, 11, 19, 20, 21, 100, 999, 1000}) {
    for (const std::size_t step : {1, 7, 10, 64, 1000}) {
      const std::string data = varied_bytes(size);
      PutOptions options = in_parts();
      options.metadata = {{"owner", "ada"}};
      ObjectWriter writer = bucket.open_writer("k.txt", options).value();
      REQUIRE(write(writer, data, step));
      CHECK(writer.size() == size);
      const auto info = writer.finish();
      REQUIRE_MESSAGE(info, info.error().to_string());
      CHECK(info->key == "k.txt");
      CHECK(info->size == size);
      CHECK_FALSE(info->metadata.contains("ckwrite"));  // The write's id, which no one sees.
      const auto object = bucket.get("k.txt").value();
      CHECK(object.data == data);
      CHECK(object.info.token == info->token);
      CHECK(object.info.content.type == "text/plain");
      CHECK(object.info.metadata == Metadata{{"owner", "ada"}});
    }
  }
  CHECK(driver->count("abort") == 0);
  CHECK(driver->uploads_left() == 0);
}

TEST_CASE_FIXTURE(WriterFixture, "what fits into one part is one plain put; nothing is sent before it must be") {
  ObjectWriter writer = bucket.open_writer("k", in_parts()).value();
  CHECK(writer.write(varied_bytes(10)));
  CHECK(writer.write(""));
  CHECK(driver->count("") == 0);
  CHECK(writer.finish());
  CHECK(driver->count("put") == 1);
  CHECK(driver->count("begin") == 0);
}

TEST_CASE_FIXTURE(WriterFixture, "the last part is not empty, and says that it is the last") {
  std::atomic<int> lasts{0};
  driver->before_part = [&](const PutPartRequest& request) -> Status {
    if (request.last) ++lasts;
    CHECK(request.last == (request.number == 3));
    CHECK(request.offset == static_cast<std::uint64_t>(10 * (request.number - 1)));
    return {};
  };
  ObjectWriter writer = bucket.open_writer("k", in_parts()).value();
  CHECK(writer.write(varied_bytes(30)));
  CHECK(writer.finish());
  CHECK(driver->count("part") == 3);
  CHECK(lasts == 1);
}

TEST_CASE_FIXTURE(WriterFixture, "a writer that ends without finish leaves nothing, and an old object alone") {
  {
    ObjectWriter writer = bucket.open_writer("k", in_parts()).value();
  }
  CHECK(driver->count("") == 0);
  {
    ObjectWriter writer = bucket.open_writer("k", in_parts()).value();
    CHECK(writer.write(varied_bytes(9)));
  }
  check_nothing_left();
  REQUIRE(bucket.put("k", "old"));
  {
    ObjectWriter writer = bucket.open_writer("k", in_parts()).value();
    CHECK(writer.write(varied_bytes(105)));
    CHECK(driver->count("part") > 0);
  }
  CHECK(driver->count("abort") == 1);
  CHECK(driver->uploads_left() == 0);
  CHECK(bucket.get("k").value().data == "old");
}

TEST_CASE_FIXTURE(WriterFixture,
                  "abandon says what stayed at the service; afterwards nothing can be written or finished") {
  driver->abort_fails = true;
  ObjectWriter writer = bucket.open_writer("k", in_parts()).value();
  CHECK(writer.write(varied_bytes(50)));
  const auto stayed = writer.abandon();
  REQUIRE_FALSE(stayed);
  CHECK(stayed.error().to_string().find("abandon " + bucket.url("k") + ": unavailable: no route") == 0);
  CHECK(writer.abandon());
  CHECK(writer.write("x").error().code == ErrorCode::cancelled);
  CHECK(writer.finish().error().message == "the writer was abandoned");
  CHECK(driver->count("abort") == 1);
}

TEST_CASE_FIXTURE(WriterFixture, "finish answers the same again, and ends the writing") {
  ObjectWriter writer = bucket.open_writer("k", in_parts()).value();
  CHECK(writer.write(varied_bytes(25)));
  const ObjectInfo info = writer.finish().value();
  CHECK(writer.finish().value().token == info.token);
  const auto late = writer.write("x");
  CHECK(late.error().code == ErrorCode::invalid_argument);
  CHECK(late.error().message == "the object is finished: nothing can be added to it");
  CHECK(writer.abandon());
  CHECK(bucket.get("k").value().data == varied_bytes(25));
  CHECK(driver->count("complete") == 1);
}

TEST_CASE_FIXTURE(WriterFixture, "a part that fails for good ends all: nothing is left, and every call says why") {
  driver->before_part = [](const PutPartRequest& request) -> Status {
    if (request.number == 7) return core::fail(ErrorCode::permission_denied, "not this one");
    return {};
  };
  for (const int workers : {1, 4}) {
    PutOptions options = in_parts();
    options.transfer.workers = workers;
    ObjectWriter writer = bucket.open_writer("k", options).value();
    const Status written = write(writer, varied_bytes(300), 10);
    const auto finished = writer.finish();
    REQUIRE_FALSE(finished);
    CHECK(finished.error().code == ErrorCode::permission_denied);
    CHECK(finished.error().message == "not this one");
    CHECK(finished.error().operation == "write");
    CHECK(finished.error().resource == bucket.url("k"));
    CHECK((written || written.error().message == "not this one"));
    CHECK(writer.write("more").error().message == "not this one");
    CHECK(driver->count("complete") == 0);
    check_nothing_left();
  }
  CHECK(driver->count("abort") == 2);
}

TEST_CASE_FIXTURE(WriterFixture, "an exception ends all, too: nobody goes on with what it left") {
  driver->before_part = [](const PutPartRequest&) -> Status { throw std::runtime_error("out of order"); };
  PutOptions options = in_parts();
  options.transfer.workers = 1;
  ObjectWriter writer = bucket.open_writer("k", options).value();
  CHECK_THROWS_AS((void)write(writer, varied_bytes(30), 10), std::runtime_error);
  driver->before_part = {};
  CHECK(writer.write("more").error().message == "an exception ended it");
  CHECK_FALSE(writer.finish());
  check_nothing_left();
}

TEST_CASE_FIXTURE(WriterFixture, "bug: a disk's error at the end was taken for a lost reply") {
  driver->after_complete = [] {
    Error error = core::fail(ErrorCode::io, "fsync b: Input/output error");
    error.may_have_happened = true;
    return error;
  };
  ObjectWriter writer = bucket.open_writer("k", in_parts()).value();
  REQUIRE(writer.write(varied_bytes(30)));
  const auto finished = writer.finish();
  REQUIRE_FALSE(finished);
  CHECK(finished.error().code == ErrorCode::io);
  CHECK(finished.error().may_have_happened);
}

TEST_CASE_FIXTURE(WriterFixture, "a throttled part is sent again") {
  std::atomic<int> refusals{0};
  driver->before_part = [&](const PutPartRequest&) -> Status {
    if (++refusals % 5 == 0 && refusals < 40) return core::fail(ErrorCode::throttled, "slow down");
    return {};
  };
  for (const int workers : {1, 8}) {
    PutOptions options = in_parts();
    options.transfer.workers = workers;
    ObjectWriter writer = bucket.open_writer("k", options).value();
    CHECK(write(writer, varied_bytes(300), 10));
    CHECK(writer.finish());
    CHECK(bucket.get("k").value().data == varied_bytes(300));
  }
}

TEST_CASE_FIXTURE(WriterFixture, "a cancelled writer wakes, takes back what it sent, and says so") {
  PutOptions options = in_parts();
  options.context = Context::cancellable();
  driver->before_part = [&](const PutPartRequest& request) -> Status {
    if (request.number == 3) options.context.cancel();
    return request.context.wait_for(request.number >= 3 ? 10s : 0s);
  };
  ObjectWriter writer = bucket.open_writer("k", options).value();
  (void)write(writer, varied_bytes(300), 10);
  CHECK(writer.finish().error().code == ErrorCode::cancelled);
  CHECK(driver->count("abort") == 1);
  check_nothing_left();
}

TEST_CASE_FIXTURE(WriterFixture, "a cancelled writer that has sent nothing sends nothing") {
  PutOptions options = in_parts();
  options.context = Context::cancellable();
  ObjectWriter writer = bucket.open_writer("k", options).value();
  CHECK(writer.write("some"));
  options.context.cancel();
  CHECK(writer.write("more").error().code == ErrorCode::cancelled);
  CHECK(writer.finish().error().code == ErrorCode::cancelled);
  CHECK(driver->count("put") == 0);
}

TEST_CASE_FIXTURE(WriterFixture, "no more parts are held than there are workers, and one") {
  // A worker that never gets on: as many parts are taken as may be held, then the writer waits.
  for (const int workers : {2, 4}) {
    std::atomic<int> begun{0};
    driver->before_part = [&](const PutPartRequest& request) -> Status {
      ++begun;
      return request.context.wait_for(60s);
    };
    PutOptions options = in_parts();
    options.transfer.workers = workers;
    options.context = Context::cancellable();
    ObjectWriter writer = bucket.open_writer("k", options).value();
    std::thread canceller([&] {
      CHECK(::test::soon([&] { return begun == 2; }));
      std::this_thread::sleep_for(200ms);  // In which no more is begun or taken.
      options.context.cancel();
    });
    CHECK(write(writer, varied_bytes(1000), 10).error().code == ErrorCode::cancelled);
    canceller.join();
    // The pace begins with two: two are under way, and the third was being filled when it had to wait.
    CHECK(begun == 2);
    CHECK(writer.size() <= 10U * static_cast<unsigned>(workers + 2));
  }
}

TEST_CASE_FIXTURE(WriterFixture, "one worker is the thread that writes") {
  const auto caller = std::this_thread::get_id();
  driver->before_part = [&](const PutPartRequest&) -> Status {
    CHECK(std::this_thread::get_id() == caller);
    return {};
  };
  PutOptions options = in_parts();
  options.transfer.workers = 1;
  ObjectWriter writer = bucket.open_writer("k", options).value();
  CHECK(writer.write(varied_bytes(55)));
  CHECK(driver->count("part") == 5);
  CHECK(writer.finish());
  CHECK(bucket.get("k").value().data == varied_bytes(55));
}

TEST_CASE_FIXTURE(WriterFixture, "a lost reply to the end is settled by the object itself") {
  for (const std::size_t size : {10, 100}) {
    PutOptions options = in_parts();
    options.condition = Condition::absent();
    driver->fates = {Fate::reply_is_lost};
    ObjectWriter writer = bucket.open_writer("k" + std::to_string(size), options).value();
    CHECK(writer.write(varied_bytes(size)));
    const auto info = writer.finish();
    REQUIRE_MESSAGE(info, info.error().to_string());
    CHECK(info->metadata.empty());
  }
  driver->fates = {Fate::request_is_lost};
  ObjectWriter writer = bucket.open_writer("k", in_parts()).value();
  CHECK(writer.write(varied_bytes(100)));
  CHECK(writer.finish().error().may_have_happened);
  check_nothing_left();
}

TEST_CASE_FIXTURE(WriterFixture, "conditions hold, in one piece and in parts") {
  for (const std::size_t size : {10, 100}) {
    CHECK(bucket.put("k", "old"));
    PutOptions options = in_parts();
    options.condition = Condition::absent();
    ObjectWriter writer = bucket.open_writer("k", options).value();
    CHECK(writer.write(varied_bytes(size)));
    CHECK(writer.finish().error().code == ErrorCode::precondition_failed);
    CHECK(bucket.get("k").value().data == "old");
    CHECK(driver->uploads_left() == 0);
  }
}

TEST_CASE_FIXTURE(WriterFixture, "where parts would lose the condition, all waits in a file for one put") {
  driver->conditional_uploads = false;
  PutOptions options = in_parts();
  options.condition = Condition::absent();
  ObjectWriter writer = bucket.open_writer("k", options).value();
  CHECK(write(writer, varied_bytes(995), 7));
  CHECK(driver->count("") == 0);
  CHECK(writer.finish().value().size == 995);
  CHECK(bucket.get("k").value().data == varied_bytes(995));
  CHECK(driver->count("put") == 1);
  CHECK(driver->count("begin") == 0);

  driver->max_put_size = 40;
  ObjectWriter large = bucket.open_writer("large", options).value();
  const Status written = write(large, varied_bytes(1000), 7);
  CHECK(written.error().code == ErrorCode::unsupported);
  CHECK(written.error().hint == "without its condition it could travel in parts");
  CHECK(large.size() < 100);  // It does not wait for the end to say so.
}

TEST_CASE_FIXTURE(WriterFixture, "without a directory for that file, the error names it") {
  driver->conditional_uploads = false;
  PutOptions options = in_parts();
  options.condition = Condition::absent();
  const char* const old = std::getenv("TMPDIR");
  const std::string before = old == nullptr ? "" : old;
  ::setenv("TMPDIR", "/no such directory", 1);
  ObjectWriter writer = bucket.open_writer("k", options).value();
  const Status written = writer.write(varied_bytes(50));
  old == nullptr ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", before.c_str(), 1);
  CHECK(written.error().code == ErrorCode::io);
  CHECK(written.error().message.find("temporary files") != std::string::npos);
  check_nothing_left();
}

TEST_CASE_FIXTURE(WriterFixture, "an object of more parts than the backend takes is an error that says what to do") {
  ObjectWriter writer = bucket.open_writer("k", in_parts()).value();
  const Status written = write(writer, varied_bytes(1100), 10);
  CHECK(written.error().code == ErrorCode::unsupported);
  CHECK(written.error().message == "it is larger than 100 parts, which is all that this backend takes");
  CHECK(written.error().hint == "say how large it may become, by TransferOptions::expected_size or a part_size");
  check_nothing_left();
}

TEST_CASE_FIXTURE(WriterFixture, "bad arguments are refused before anything is written") {
  CHECK(bucket.open_writer("").error().code == ErrorCode::invalid_argument);
  CHECK(bucket.open_writer("k", in_parts(3)).error().code == ErrorCode::invalid_argument);
  PutOptions options;
  options.metadata = {{"bad name", "v"}};
  const auto refused = bucket.open_writer("k", options);
  CHECK(refused.error().code == ErrorCode::invalid_argument);
  CHECK(refused.error().resource == bucket.url("k"));
  options = {};
  options.transfer.resume = true;
  CHECK(bucket.open_writer("k", options).error().message == "only the transfer of a File can be resumed");
  options = {};
  options.context = Context::cancellable();
  options.context.cancel();
  CHECK(bucket.open_writer("k", options).error().code == ErrorCode::cancelled);
  CHECK(driver->count("") == 0);
}

TEST_CASE_FIXTURE(WriterFixture, "a writer moves with all that it has, and outlives its bucket") {
  std::optional<Bucket> last(std::in_place, driver, "below");
  ObjectWriter writer = last->open_writer("k", in_parts()).value();
  CHECK(writer.write(varied_bytes(25)));
  last.reset();
  ObjectWriter moved = std::move(writer);
  CHECK(writer.write("x").error().code == ErrorCode::invalid_argument);  // NOLINT(bugprone-use-after-move)
  CHECK(moved.write("end"));
  const ObjectInfo info = moved.finish().value();
  CHECK(info.key == "k");
  CHECK(bucket.get("below/k").value().data == varied_bytes(25) + "end");

  ObjectWriter first = bucket.open_writer("first", in_parts()).value();
  CHECK(first.write(varied_bytes(50)));
  first = bucket.open_writer("second", in_parts()).value();
  CHECK(driver->uploads_left() == 0);
  CHECK(first.finish());
  CHECK(bucket.exists("second").value());
  CHECK_FALSE(bucket.exists("first").value());
}

TEST_CASE_FIXTURE(WriterFixture, "progress goes up to the whole, and is told at the end") {
  for (const std::size_t size : {5, 100}) {
    std::vector<TransferProgress> seen;
    PutOptions options = in_parts();
    options.transfer.progress = [&](const TransferProgress& progress) { seen.push_back(progress); };
    ObjectWriter writer = bucket.open_writer("k", options).value();
    CHECK(write(writer, varied_bytes(size), 10));
    CHECK(writer.finish());
    REQUIRE_FALSE(seen.empty());
    for (const TransferProgress& progress : seen) CHECK(progress.bytes <= progress.total);
    CHECK(seen.back().bytes == size);
    CHECK(seen.back().total == size);
  }
}
