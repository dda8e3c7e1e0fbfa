#include "reader_fixture.h"
#include "support/driver_io.h"
#include "support/scripted_bucket.h"
#include "support/soon.h"

#include <atomic>
#include <random>

using namespace cloudkit;
using namespace cloudkit::test;
using namespace std::chrono_literals;

TEST_CASE_FIXTURE(ReaderFixture, "an object is read in order, in pieces of any size, by any number of workers") {
  for (const int workers : {1, 2, 8}) {
    for (const std::size_t step : {1, 9, 10, 11, 333, 5000}) {
      ObjectReader reader = open(in_blocks(10, workers));
      CHECK(reader.size() == data.size());
      std::string whole;
      while (true) {
        CHECK(reader.tell() == whole.size());
        const std::string piece = read(reader, step);
        if (piece.size() < step) CHECK(whole.size() + piece.size() == data.size());
        if (piece.empty()) break;
        whole += piece;
      }
      CHECK(whole == data);
      CHECK(read(reader, step).empty());
    }
  }
}

TEST_CASE_FIXTURE(ReaderFixture, "the first reply says what there is; a small object is one request") {
  ObjectReader reader = open({});
  CHECK(reader.info().key == "k");
  CHECK(reader.info().size == data.size());
  CHECK(reader.info().metadata == Metadata{{"owner", "ada"}});
  CHECK(reader.info().token == bucket.head("k").value().token);
  CHECK(read(reader, 2000) == data);
  CHECK(driver->count("get") == 1);

  REQUIRE(bucket.put("empty", ""));
  ObjectReader empty = bucket.open_reader("empty").value();
  CHECK(empty.size() == 0);
  CHECK(read(empty, 10).empty());
  CHECK(driver->count("get") == 2);
}

TEST_CASE_FIXTURE(ReaderFixture, "without being asked, blocks grow from a mebibyte to eight") {
  const std::string large = ::test::varied_bytes(std::size_t{40} << 20);
  REQUIRE(bucket.put("large", large));
  std::vector<std::uint64_t> lengths;
  driver->before_get = [&](const GetOptions& options) -> Status {
    lengths.push_back(options.range ? options.range->length >> 20 : 0);
    return {};
  };
  ObjectReader reader = bucket.open_reader("large", in_blocks(0, 1)).value();
  std::string out(large.size(), '\0');
  CHECK(reader.read(out).value() == large.size());
  CHECK(out == large);
  CHECK(lengths == std::vector<std::uint64_t>{0, 2, 4, 8, 8, 8, 8, 1});
}

TEST_CASE_FIXTURE(ReaderFixture, "seeking costs nothing until something is read, and leads anywhere") {
  ObjectReader reader = open(in_blocks());
  const int before = driver->count("get");
  reader.seek(500);
  reader.seek(990);
  CHECK(reader.tell() == 990);
  CHECK(driver->count("get") == before);
  CHECK(read(reader, 20) == data.substr(990));
  CHECK(reader.tell() == 1000);
  reader.seek(1000);
  CHECK(read(reader, 1).empty());
  reader.seek(UINT64_MAX);
  CHECK(read(reader, 1).empty());
  CHECK(reader.tell() == UINT64_MAX);
  reader.seek(0);
  CHECK(read(reader, 3) == data.substr(0, 3));
}

TEST_CASE_FIXTURE(ReaderFixture, "whatever is read after whatever seek is what lies there") {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same every time
  for (const int workers : {1, 4}) {
    ObjectReader reader = open(in_blocks(16, workers));
    for (int i = 0; i < 500; ++i) {
      const std::uint64_t position = random() % 1100;
      const std::size_t count = random() % 60;
      if (random() % 3 != 0) reader.seek(position);
      const std::uint64_t begin = reader.tell();
      const std::string expected = begin < data.size() ? data.substr(begin, count) : "";
      CHECK(read(reader, count) == expected);
    }
  }
}

TEST_CASE_FIXTURE(ReaderFixture, "who reads in order is read ahead for, who looks around is not") {
  ObjectReader reader = open(in_blocks(10, 2));
  CHECK(read(reader, 2) == data.substr(0, 2));
  CHECK(driver->count("get") == 1);
  CHECK(read(reader, 4) == data.substr(2, 4));                     // Half of the block is gone.
  CHECK(::test::soon([&] { return driver->count("get") == 3; }));  // As many ahead as the pace begins with.

  ObjectReader jumper = open(in_blocks(10, 2));
  const int before = driver->count("get");
  for (const std::uint64_t position : {900, 500, 100, 300}) {
    jumper.seek(position);
    CHECK(read(jumper, 2) == data.substr(position, 2));
  }
  CHECK(driver->count("get") == before + 4);
}

TEST_CASE_FIXTURE(ReaderFixture, "on a backend that is near, nothing is read ahead, and no thread begins") {
  struct Near final : ForwardingBucket {
    using ForwardingBucket::ForwardingBucket;
    Capabilities capabilities() const override {
      Capabilities able = inner_->capabilities();
      able.remote = false;
      return able;
    }
  };
  const Bucket near_bucket(std::make_shared<Near>(driver));
  const auto caller = std::this_thread::get_id();
  driver->before_get = [&](const GetOptions&) -> Status {
    CHECK(std::this_thread::get_id() == caller);
    return {};
  };
  ObjectReader reader = near_bucket.open_reader("k", in_blocks(100, 8)).value();
  CHECK(read(reader, 100) == data.substr(0, 100));
  CHECK(driver->count("get") == 1);
  CHECK(read(reader, 1000) == data.substr(100));
  CHECK(driver->count("get") == 10);
}

TEST_CASE_FIXTURE(ReaderFixture, "an object that is replaced meanwhile is an error, never a mixture") {
  for (const bool ignores : {false, true}) {
    driver->ignores_conditions = ignores;
    REQUIRE(bucket.put("k", data));
    ObjectReader reader = open(in_blocks(10, 1));
    CHECK(read(reader, 15) == data.substr(0, 15));
    REQUIRE(bucket.put("k", ::test::varied_bytes(1001)));
    CHECK(read(reader, 5) == data.substr(15, 5));  // Of the block that it has.
    std::string out(20, '\0');
    const auto changed = reader.read(out);
    REQUIRE_FALSE(changed);
    CHECK(changed.error().code == ErrorCode::precondition_failed);
    CHECK(changed.error().message == "the object changed while it was read");
    CHECK(changed.error().operation == "read");
    CHECK(changed.error().resource == bucket.url("k"));
    CHECK(reader.tell() == 20);
    CHECK(reader.read(out).error().code == ErrorCode::precondition_failed);
  }
}

TEST_CASE_FIXTURE(ReaderFixture, "an object that is removed meanwhile is not found") {
  ObjectReader reader = open(in_blocks(10, 4));
  REQUIRE(bucket.remove("k"));
  reader.seek(500);
  std::string out(20, '\0');
  CHECK(reader.read(out).error().code == ErrorCode::not_found);
}

TEST_CASE_FIXTURE(ReaderFixture, "after an error the position is what it was, and reading may be tried again") {
  for (const int workers : {1, 4}) {
    std::atomic<bool> down{false};
    driver->before_get = [&](const GetOptions&) -> Status {
      if (down) return core::fail(ErrorCode::unavailable, "no route");
      return {};
    };
    ObjectReader reader = open(in_blocks(10, workers));
    CHECK(read(reader, 4) == data.substr(0, 4));
    down = true;
    std::string out(100, '\0');
    CHECK(reader.read(out).error().message == "no route");
    CHECK(reader.tell() == 4);
    CHECK(reader.read(out).error().message == "no route");
    down = false;
    CHECK(read(reader, 2000) == data.substr(4));
  }
}

TEST_CASE_FIXTURE(ReaderFixture, "what has come is given away before an error that lies further on") {
  driver->before_get = [&](const GetOptions& options) -> Status {
    if (options.range && options.range->offset >= 20) return core::fail(ErrorCode::permission_denied, "not this one");
    return {};
  };
  ObjectReader reader = open(in_blocks(10, 4));
  std::string whole;
  std::string out(7, '\0');
  Result<std::size_t> got = std::size_t{0};
  while ((got = reader.read_some(out)) && *got > 0) whole.append(out, 0, *got);
  CHECK(got.error().message == "not this one");
  CHECK(data.starts_with(whole));
  CHECK(whole.size() >= 10);
}

TEST_CASE_FIXTURE(ReaderFixture, "a cancelled reader stops, also while it waits") {
  GetOptions options = in_blocks(10, 4);
  options.context = Context::cancellable();
  ObjectReader reader = open(options);
  driver->before_get = [&](const GetOptions& get) -> Status {
    options.context.cancel();
    return get.context.wait_for(10s);
  };
  std::string out(100, '\0');
  CHECK(reader.read(out).error().code == ErrorCode::cancelled);
  CHECK(reader.read(out).error().code == ErrorCode::cancelled);
}

TEST_CASE_FIXTURE(ReaderFixture, "closing a reader ends what it reads ahead, at once") {
  std::atomic<int> woken{0};
  std::atomic<int> waiting{0};
  {
    ObjectReader reader = open(in_blocks(10, 4));
    driver->before_get = [&](const GetOptions& get) -> Status {
      ++waiting;
      Status waited = get.context.wait_for(10s);
      if (!waited) ++woken;
      return waited;
    };
    CHECK(read(reader, 8) == data.substr(0, 8));
    while (waiting == 0) std::this_thread::yield();
  }
  CHECK(woken == waiting);
}

TEST_CASE_FIXTURE(ReaderFixture, "conditions and versions hold, ranges are refused") {
  GetOptions options;
  options.condition = Condition::not_match(bucket.head("k").value().token);
  CHECK(bucket.open_reader("k", options).error().code == ErrorCode::not_modified);
  options.condition = Condition::match("another");
  CHECK(bucket.open_reader("k", options).error().code == ErrorCode::precondition_failed);
  options = {};
  options.range = ByteRange{1, 2};
  const auto ranged = bucket.open_reader("k", options);
  CHECK(ranged.error().code == ErrorCode::invalid_argument);
  CHECK(ranged.error().message == "a reader makes its ranges itself");
  options = {};
  options.transfer.resume = true;
  CHECK(bucket.open_reader("k", options).error().code == ErrorCode::invalid_argument);
  CHECK(bucket.open_reader("").error().code == ErrorCode::invalid_argument);
  CHECK(bucket.open_reader("missing").error().code == ErrorCode::not_found);
}

TEST_CASE_FIXTURE(ReaderFixture, "a reader moves with all that it has, and outlives its bucket") {
  std::optional<Bucket> last(std::in_place, driver);
  ObjectReader reader = last->open_reader("k", in_blocks()).value();
  last.reset();
  CHECK(read(reader, 8) == data.substr(0, 8));
  ObjectReader moved = std::move(reader);
  CHECK(read(moved, 992) == data.substr(8));
  std::string out(1, '\0');
  CHECK(reader.read(out).error().code == ErrorCode::invalid_argument);  // NOLINT(bugprone-use-after-move)
}

namespace {

ObjectInfo info_of_twenty(const std::string& token) {
  ObjectInfo info;
  info.size = 20;
  info.token = token;
  return info;
}

// Serves what is asked for of twenty bytes, and breaks after `bytes`.
ScriptedBucket::Get serve_twenty(std::optional<std::size_t> bytes = {}, const std::string& token = "t1") {
  return [=](const GetOptions& options, ObjectReceiver& receiver) -> Result<ObjectInfo> {
    const ByteRange range = options.range.value_or(ByteRange{});
    const std::string part = std::string("0123456789abcdefghij").substr(range.offset, range.length);
    if (auto status = receiver.begin(info_of_twenty(token), range.offset, part.size()); !status) return status.error();
    if (auto status = receiver.write(part.substr(0, bytes.value_or(part.size()))); !status) return status.error();
    if (!bytes) return info_of_twenty(token);
    Error error{ErrorCode::unavailable, "connection reset"};
    error.retryable = true;
    return error;
  };
}

}  // namespace

TEST_CASE("a connection that breaks is resumed where it broke, pinned, in the first block and in others") {
  auto driver = std::make_shared<ScriptedBucket>();
  const auto expect_range = [](std::uint64_t offset, std::uint64_t length, std::optional<std::size_t> bytes) {
    return [=](const GetOptions& options, ObjectReceiver& receiver) {
      CHECK(options.range->offset == offset);
      CHECK(options.range->length == length);
      CHECK(options.condition.kind() == Condition::Kind::match);
      CHECK(options.condition.token() == "t1");
      return serve_twenty(bytes)(options, receiver);
    };
  };
  driver->gets = {serve_twenty(3), expect_range(3, 17, {}), expect_range(10, 10, 4), expect_range(14, 6, {})};
  ObjectReader reader = Bucket(driver).open_reader("k", in_blocks()).value();
  CHECK(read(reader, 100) == "0123456789abcdefghij");
  CHECK(driver->gets.empty());

  driver->gets = {serve_twenty(), serve_twenty(4), serve_twenty({}, "t2")};
  ObjectReader other = Bucket(driver).open_reader("k", in_blocks()).value();
  std::string out(20, '\0');
  const auto changed = other.read(out);
  CHECK(changed.error().code == ErrorCode::precondition_failed);
  CHECK(changed.error().message == "the object changed while it was read");
}

TEST_CASE("without a token only what one reply brings can be read") {
  auto driver = std::make_shared<ScriptedBucket>();
  driver->gets = {serve_twenty({}, "")};
  ObjectReader reader = Bucket(driver).open_reader("k", in_blocks()).value();
  CHECK(read(reader, 10) == "0123456789");
  std::string out(1, '\0');
  CHECK(reader.read(out).error().code == ErrorCode::unsupported);
  driver->gets = {serve_twenty({}, "")};
  ObjectReader whole = Bucket(driver).open_reader("k").value();
  CHECK(read(whole, 20) == "0123456789abcdefghij");
}
