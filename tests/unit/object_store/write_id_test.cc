#include "object_store/write_id.h"
#include "lossy_bucket.h"
#include "support/driver_io.h"

#include <cloudkit/object_store.h>

#include <doctest/doctest.h>

using namespace cloudkit;
using cloudkit::test::Fate;
using cloudkit::test::LossyBucket;

namespace {

struct WriteIdFixture {
  std::shared_ptr<LossyBucket> driver = std::make_shared<LossyBucket>();
  Bucket bucket{driver};

  Result<ObjectInfo> put_if(Condition condition, Bytes data = "mine") {
    PutOptions options;
    options.condition = std::move(condition);
    return bucket.put("k", data, options);
  }
  void others_put(std::string data) { REQUIRE(::test::put(driver->inner(), "k", std::move(data))); }
};

}  // namespace

TEST_CASE_FIXTURE(WriteIdFixture, "a conditional put whose reply was lost is recognised as done") {
  driver->fates = {Fate::reply_is_lost};
  const auto info = put_if(Condition::absent());
  REQUIRE_MESSAGE(info, info.error().to_string());
  CHECK(info->key == "k");
  CHECK(info->token == bucket.head("k").value().token);
  CHECK(driver->count("put") == 1);
}

TEST_CASE_FIXTURE(WriteIdFixture, "a conditional put that never arrived is put again, and its id is not shown") {
  driver->fates = {Fate::request_is_lost, Fate::request_is_lost};
  const auto info = put_if(Condition::absent());
  REQUIRE(info);
  CHECK(driver->count("put") == 3);
  const auto object = bucket.get("k").value();
  CHECK(object.data == "mine");
  CHECK(object.info.metadata.empty());
  CHECK(bucket.head("k").value().metadata.empty());
  CHECK(driver->inner().head("k", {}).value().metadata.count("ckwrite") == 1);
}

TEST_CASE_FIXTURE(WriteIdFixture,
                  "a write whose reply is lost, and that finds another's object, knows that it did not win") {
  others_put("theirs");
  driver->fates = {Fate::request_is_lost};
  const auto error = put_if(Condition::absent()).error();
  CHECK(error.code == ErrorCode::precondition_failed);
  CHECK(error.message == "another write is there now; the reply to this one was lost");
  CHECK(error.may_have_happened);  // Who read it may have replaced it already.
  CHECK(bucket.get("k").value().data == "theirs");
}

TEST_CASE_FIXTURE(WriteIdFixture, "a second try that meets the first one, come late, is this write's success") {
  // The first request arrives after the look that did not find it: the second one is refused because of it.
  std::function<void()> arrive_late;
  driver->put_is_lost = [&](const Source& source, const PutOptions& options) {
    std::string data(source.size(), '\0');
    REQUIRE(source.read_at(0, data));
    arrive_late = [this, data, options] { REQUIRE(::test::put(driver->inner(), "k", data, options)); };
  };
  driver->before_put = [&] {
    if (arrive_late) std::exchange(arrive_late, nullptr)();
  };
  driver->fates = {Fate::request_is_lost};
  const auto info = put_if(Condition::absent());
  REQUIRE_MESSAGE(info, info.error().to_string());
  CHECK(driver->count("put") == 2);
  CHECK(bucket.get("k").value().data == "mine");
}

TEST_CASE_FIXTURE(WriteIdFixture, "replace-if-match is settled in the same way") {
  others_put("old");
  const std::string token = bucket.head("k").value().token;
  driver->fates = {Fate::reply_is_lost};
  CHECK(put_if(Condition::match(token)));
  CHECK(bucket.get("k").value().data == "mine");

  driver->fates = {Fate::request_is_lost};
  const auto error = put_if(Condition::match(token), "late").error();
  CHECK(error.code == ErrorCode::precondition_failed);
  CHECK(bucket.get("k").value().data == "mine");
}

TEST_CASE_FIXTURE(WriteIdFixture,
                  "a write whose reply was lost and that another has replaced since does not count as not done") {
  others_put("old");
  const std::string token = bucket.head("k").value().token;
  driver->fates = {Fate::reply_is_lost};
  driver->after_put = [&] { others_put("theirs, on top of mine"); };
  const auto error = put_if(Condition::match(token)).error();
  CHECK(error.code == ErrorCode::precondition_failed);
  CHECK(error.message == "another write is there now; the reply to this one was lost");
  CHECK(error.may_have_happened);
}

TEST_CASE_FIXTURE(WriteIdFixture, "a lock that was taken by a request that was answered 503 was taken for another's") {
  driver->fates = {Fate::refused_again};
  const auto info = put_if(Condition::absent());
  REQUIRE_MESSAGE(info, info.error().to_string());
  CHECK(driver->count("put") == 1);
  CHECK(driver->count("head") == 1);
  const std::string token = bucket.head("k").value().token;
  CHECK(info->token == token);
  CHECK(info->metadata.empty());

  driver->fates = {Fate::refused_again};
  CHECK(put_if(Condition::match(token), "mine too"));
  CHECK(bucket.get("k").value().data == "mine too");
}

TEST_CASE_FIXTURE(WriteIdFixture,
                  "a condition that did not hold at the second attempt stays what it is, after one look") {
  others_put("theirs");
  driver->fates = {Fate::refused_again};
  const auto error = put_if(Condition::absent()).error();
  CHECK(error.code == ErrorCode::precondition_failed);
  CHECK(error.message == "the condition did not hold");
  CHECK(error.attempts == 2);
  CHECK_FALSE(error.may_have_happened);
  CHECK(driver->count("put") == 1);
  CHECK(driver->count("head") == 1);
  CHECK(bucket.get("k").value().data == "theirs");
}

TEST_CASE_FIXTURE(WriteIdFixture, "a condition that did not hold at once costs no look") {
  others_put("theirs");
  CHECK(put_if(Condition::absent()).error().code == ErrorCode::precondition_failed);
  CHECK(driver->count("head") == 0);
  // Nor does one whose write has no id to be known by.
  driver->fates = {Fate::refused_again};
  PutOptions options;
  options.condition = Condition::absent();
  options.write_id = false;
  CHECK(bucket.put("k", "mine", options).error().code == ErrorCode::precondition_failed);
  CHECK(driver->count("head") == 0);
}

TEST_CASE_FIXTURE(WriteIdFixture, "what stays lost is said: it may have happened") {
  driver->fates = {4, Fate::request_is_lost};
  const auto error = put_if(Condition::absent()).error();
  CHECK(error.code == ErrorCode::unavailable);
  CHECK(error.may_have_happened);
  CHECK(error.attempts == 4);
  CHECK(driver->count("put") == 4);
}

TEST_CASE_FIXTURE(WriteIdFixture, "who does not want an id gets none, and the outcome is unknown") {
  driver->fates = {Fate::reply_is_lost};
  PutOptions options;
  options.condition = Condition::absent();
  options.write_id = false;
  const auto error = bucket.put("k", "mine", options).error();
  CHECK(error.may_have_happened);
  CHECK(driver->inner().head("k", {}).value().metadata.empty());
}

TEST_CASE_FIXTURE(WriteIdFixture,
                  "unconditional puts carry no id, and metadata that fills its limit leaves no room for one") {
  CHECK(bucket.put("k", "plain"));
  CHECK(driver->inner().head("k", {}).value().metadata.empty());

  PutOptions options;
  options.condition = Condition::absent();
  options.metadata = {{"big", std::string(2040, 'x')}};
  CHECK(bucket.put("full", "x", options));
  CHECK(driver->inner().head("full", {}).value().metadata.size() == 1);
}
