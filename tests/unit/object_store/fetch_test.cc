#include "support/scripted_bucket.h"

#include <cloudkit/object_store.h>

#include <doctest/doctest.h>

using namespace cloudkit;
using cloudkit::test::ScriptedBucket;

namespace {

const std::string kContent = "0123456789";

ObjectInfo info_of(const std::string& token) {
  ObjectInfo info;
  info.size = kContent.size();
  info.token = token;
  info.checksum = {Checksum::Algorithm::crc32c, 1};
  return info;
}

Error broken() {
  Error error;
  error.code = ErrorCode::unavailable;
  error.message = "connection reset";
  error.retryable = true;
  error.attempts = 1;
  return error;
}

// Serves the asked range and breaks after `bytes`; with none, serves all.
ScriptedBucket::Get serve(std::optional<std::size_t> bytes = {}, const std::string& token = "t1") {
  return [=](const GetOptions& options, ObjectReceiver& receiver) -> Result<ObjectInfo> {
    const ByteRange range = options.range.value_or(ByteRange{});
    const std::string part = kContent.substr(range.offset, range.length);
    if (auto status = receiver.begin(info_of(token), range.offset, part.size()); !status) return status.error();
    if (auto status = receiver.write(part.substr(0, bytes.value_or(part.size()))); !status) return status.error();
    if (bytes) return broken();
    return info_of(token);
  };
}

struct FetchFixture {
  std::shared_ptr<ScriptedBucket> driver = std::make_shared<ScriptedBucket>();
  Bucket bucket{driver};
};

}  // namespace

TEST_CASE_FIXTURE(FetchFixture, "a broken get resumes at its offset, pinned to the first reply's token") {
  driver->gets.push_back(serve(4));
  driver->gets.push_back([](const GetOptions& options, ObjectReceiver& receiver) {
    CHECK(options.range->offset == 4);
    CHECK(options.range->length == 6);
    CHECK(options.condition.kind() == Condition::Kind::match);
    CHECK(options.condition.token() == "t1");
    return serve()(options, receiver);
  });
  const auto object = bucket.get("k");
  REQUIRE(object);
  CHECK(object->data == kContent);
  CHECK(driver->calls.size() == 2);
  // Nobody has compared these bytes with the service's checksum, so none is said.
  CHECK(object->info.checksum.algorithm == Checksum::Algorithm::none);
  driver->gets.push_back(serve());
  CHECK(bucket.get("k")->info.checksum.algorithm == Checksum::Algorithm::crc32c);
}

TEST_CASE_FIXTURE(FetchFixture, "where gets take no condition, the token that comes pins a resume") {
  driver->able.conditional_get = false;
  driver->gets.push_back(serve(4));
  driver->gets.push_back([](const GetOptions& options, ObjectReceiver& receiver) {
    CHECK(options.range->offset == 4);
    CHECK_FALSE(options.condition);
    return serve(3)(options, receiver);
  });
  SUBCASE("the same") {
    driver->gets.push_back(serve());
    CHECK(bucket.get("k").value().data == kContent);
  }
  SUBCASE("another") {
    driver->gets.push_back(serve({}, "t2"));
    const auto error = bucket.get("k").error();
    CHECK(error.code == ErrorCode::precondition_failed);
    CHECK(error.message == "the object changed while it was read");
  }
}

TEST_CASE_FIXTURE(FetchFixture, "an object that changed while it was read is an error, never a mixture") {
  driver->gets.push_back(serve(4));
  driver->gets.push_back(serve({}, "t2"));
  const auto object = bucket.get("k");
  REQUIRE_FALSE(object);
  CHECK(object.error().code == ErrorCode::precondition_failed);
  CHECK(object.error().message == "the object changed while it was read");
  CHECK(object.error().resource == "fake://bucket/k");
}

TEST_CASE_FIXTURE(FetchFixture, "progress renews the patience, standing still does not") {
  for (std::size_t i = 0; i < kContent.size() - 1; ++i) driver->gets.push_back(serve(1));
  driver->gets.push_back(serve());
  CHECK(bucket.get("k").value().data == kContent);

  driver->gets.push_back(serve(2));
  for (int i = 0; i < 4; ++i) driver->gets.push_back(serve(0));
  const auto object = bucket.get("k");
  REQUIRE_FALSE(object);
  CHECK(object.error().code == ErrorCode::unavailable);
  CHECK(object.error().attempts == 5);
}

TEST_CASE_FIXTURE(FetchFixture, "a resume that the backend tried four times in vain is not made four times") {
  driver->gets.push_back(serve(2));
  driver->gets.push_back([](const GetOptions&, ObjectReceiver&) -> Result<ObjectInfo> {
    Error error = broken();
    error.attempts = 4;
    return error;
  });
  CHECK(bucket.get("k").error().attempts == 5);
  CHECK(driver->calls.size() == 2);
}

TEST_CASE_FIXTURE(FetchFixture, "bytes that arrive wrong are fetched anew once, where they can be taken back") {
  const auto wrong = [](const GetOptions& options, ObjectReceiver& receiver) -> Result<ObjectInfo> {
    CHECK_FALSE(options.range);
    CHECK_FALSE(options.condition);
    CHECK(receiver.begin(info_of("t1"), 0, 10));
    CHECK(receiver.write("01234x6789"));
    Error error{ErrorCode::data_loss, "the checksum does not match"};
    error.attempts = 1;
    return error;
  };
  driver->gets = {wrong, serve()};
  CHECK(bucket.get("k").value().data == kContent);
  CHECK(driver->calls.size() == 2);

  driver->gets = {wrong, wrong, serve()};
  const auto twice = bucket.get("k");
  REQUIRE_FALSE(twice);
  CHECK(twice.error().code == ErrorCode::data_loss);
  CHECK(twice.error().message == "the checksum does not match");
  CHECK(twice.error().attempts == 2);
  CHECK(driver->gets.size() == 1);

  // A sink has the bytes already.
  struct Taken final : Sink {
    Status write(Bytes) override { return {}; }
  } sink;
  driver->gets = {wrong, serve()};
  CHECK(bucket.download("k", sink).error().code == ErrorCode::data_loss);
  CHECK(driver->gets.size() == 1);
}

TEST_CASE_FIXTURE(FetchFixture, "an end that breaks after the last byte is no reason to give up") {
  driver->gets = {serve(10), serve()};
  CHECK(bucket.get("k").value().data == kContent);
  std::string buffer(10, ' ');
  driver->gets = {[](const GetOptions& options, ObjectReceiver& receiver) { return serve(10)(options, receiver); },
                  serve()};
  CHECK(bucket.read_at("k", 0, buffer).value() == 10);
  CHECK(buffer == kContent);
}

TEST_CASE_FIXTURE(FetchFixture, "without a token there is nothing to pin a resume to") {
  driver->gets.push_back(serve(4, ""));
  CHECK(bucket.get("k").error().code == ErrorCode::unavailable);
  CHECK(driver->calls.size() == 1);
}

TEST_CASE_FIXTURE(FetchFixture, "a short success is not a success, also the second time") {
  const auto lie = [](const GetOptions&, ObjectReceiver& receiver) -> Result<ObjectInfo> {
    CHECK(receiver.begin(info_of("t1"), 0, 10));
    CHECK(receiver.write("0123"));
    return info_of("t1");
  };
  driver->gets = {lie, lie};
  const auto object = bucket.get("k");
  REQUIRE_FALSE(object);
  CHECK(object.error().code == ErrorCode::data_loss);
  CHECK(object.error().message == "6 bytes are missing at the end");
}

TEST_CASE_FIXTURE(FetchFixture, "more bytes than announced are refused, also the second time") {
  const auto lie = [](const GetOptions&, ObjectReceiver& receiver) -> Result<ObjectInfo> {
    CHECK(receiver.begin(info_of("t1"), 0, 3));
    return receiver.write("0123").error();
  };
  driver->gets = {lie, lie};
  CHECK(bucket.get("k").error().code == ErrorCode::data_loss);
  CHECK(driver->gets.empty());
}

TEST_CASE_FIXTURE(FetchFixture, "an object above max_size is refused before its first byte") {
  driver->gets.push_back(serve());
  const auto object = bucket.get("k", {.max_size = 9});
  REQUIRE_FALSE(object);
  CHECK(object.error().code == ErrorCode::invalid_argument);
  CHECK(object.error().message == "it has 10 bytes, more than max_size (9)");
}

TEST_CASE_FIXTURE(FetchFixture, "the caller's sink may stop a download; it is not asked again") {
  struct Full final : Sink {
    Status write(Bytes) override {
      Error error = broken();
      error.code = ErrorCode::io;
      error.message = "disk full";
      return error;
    }
  } sink;
  driver->gets.push_back(serve());
  const auto info = bucket.download("k", sink);
  REQUIRE_FALSE(info);
  CHECK(info.error().message == "disk full");
  CHECK(driver->calls.size() == 1);
}

TEST_CASE_FIXTURE(FetchFixture, "read_at past the end reads nothing, as a file does") {
  driver->gets.push_back([](const GetOptions&, ObjectReceiver&) -> Result<ObjectInfo> {
    Error error;
    error.code = ErrorCode::invalid_argument;
    return error;
  });
  std::string buffer(4, '\0');
  CHECK(bucket.read_at("k", 10, buffer).value() == 0);
}

TEST_CASE_FIXTURE(FetchFixture, "get_if_changed answers nothing for what did not change") {
  driver->gets.push_back([](const GetOptions& options, ObjectReceiver&) -> Result<ObjectInfo> {
    CHECK(options.condition.kind() == Condition::Kind::not_match);
    Error error;
    error.code = ErrorCode::not_modified;
    return error;
  });
  const auto object = bucket.get_if_changed("k", "t1");
  REQUIRE(object);
  CHECK_FALSE(*object);
}

TEST_CASE_FIXTURE(FetchFixture, "a cancelled context stops a get in the middle") {
  const Context context = Context::cancellable();
  driver->gets.push_back([&](const GetOptions&, ObjectReceiver& receiver) -> Result<ObjectInfo> {
    CHECK(receiver.begin(info_of("t1"), 0, 10));
    context.cancel();
    return receiver.write("0123").error();
  });
  CHECK(bucket.get("k", {.context = context}).error().code == ErrorCode::cancelled);
}
