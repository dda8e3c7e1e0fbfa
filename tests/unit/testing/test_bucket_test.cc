#include <cloudkit/testing/test_bucket.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

using namespace cloudkit;
using cloudkit::testing::BucketCall;
using cloudkit::testing::TestBucket;

namespace {

std::vector<std::string> lines(const TestBucket& test) {
  std::vector<std::string> out;
  for (const auto& record : test.calls()) {
    out.push_back(
        fmt::format("{} {} {}", to_string(record.call), record.key, record.error ? to_string(*record.error) : "ok"));
  }
  return out;
}

}  // namespace

TEST_CASE("without faults a test bucket is a bucket, and knows what it was asked") {
  const TestBucket test;
  const Bucket bucket = test.bucket();
  CHECK(bucket.put("a", "1"));
  CHECK(bucket.get("a").value().data == "1");
  CHECK_FALSE(bucket.get("b"));
  for (const auto& entry : bucket.list({.prefix = "a"})) CHECK(entry);
  CHECK(bucket.remove("a"));
  CHECK(lines(test) == std::vector<std::string>{"put a ok", "get a ok", "get b not_found", "list a ok", "remove a ok"});
  CHECK(test.count(BucketCall::get) == 2);
  test.forget_calls();
  CHECK(test.calls().empty());
}

TEST_CASE(
    "a fault meets the call and the key that it names, as often as it says, and after those that it lets through") {
  const TestBucket test;
  const Bucket bucket = test.bucket();
  test.fail({.call = BucketCall::put, .key = "a", .code = ErrorCode::throttled, .skip = 1, .times = 2});
  CHECK(bucket.put("a", "1"));
  const auto error = bucket.put("a", "2").error();
  CHECK(error.code == ErrorCode::throttled);
  CHECK(error.retryable);
  CHECK_FALSE(error.may_have_happened);
  CHECK(bucket.put("b", "2"));
  CHECK(bucket.get("a").value().data == "1");
  CHECK_FALSE(bucket.put("a", "3"));
  CHECK(bucket.put("a", "4"));
}

TEST_CASE("a fault for ever ends when the bucket is healed") {
  const TestBucket test;
  test.fail({.times = 0});
  for (int i = 0; i < 3; ++i) CHECK_FALSE(test.bucket().head("a"));
  test.heal();
  CHECK(test.bucket().put("a", "1"));
}

TEST_CASE("a lost reply: the call was made, and says that it may have been") {
  const TestBucket test;
  test.fail({.call = BucketCall::put, .code = ErrorCode::timeout, .done = true});
  const auto error = test.bucket().put("a", "1").error();
  CHECK(error.code == ErrorCode::timeout);
  CHECK(error.may_have_happened);
  CHECK(test.bucket().get("a").value().data == "1");
}

TEST_CASE("a get that breaks off after so many bytes goes on where it was") {
  const TestBucket test;
  const std::string data(1000, 'x');
  CHECK(test.bucket().put("a", data));
  test.fail({.call = BucketCall::get, .bytes = 300});
  CHECK(test.bucket().get("a").value().data == data);
  CHECK(test.count(BucketCall::get) == 2);
}

TEST_CASE("of many removals those fail that a fault names") {
  const TestBucket test;
  const Bucket bucket = test.bucket();
  for (const char* const key : {"a", "b", "c"}) CHECK(bucket.put(key, "1"));
  test.fail({.call = BucketCall::remove, .key = "b", .code = ErrorCode::permission_denied});
  const std::vector<std::string> keys = {"a", "b", "c"};
  const auto report = bucket.remove_many(keys);
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].key == "b");
  CHECK(bucket.exists("b").value());
  CHECK_FALSE(bucket.exists("a").value());
}

TEST_CASE("uploads in parts can be broken in the middle, and the old object stays") {
  const TestBucket test;
  const Bucket bucket = test.bucket();
  CHECK(bucket.put("a", "old"));
  test.fail({.call = BucketCall::put_part, .code = ErrorCode::permission_denied, .skip = 1});
  PutOptions options;
  options.transfer.part_size = std::uint64_t{5} << 20;
  options.transfer.workers = 1;
  CHECK_FALSE(bucket.put("a", std::string(std::size_t{11} << 20, 'x'), options));
  CHECK(bucket.get("a").value().data == "old");
  CHECK(test.count(BucketCall::abort_upload) == 1);
}

TEST_CASE("another bucket, with what is in it, can be the inner one") {
  const TestBucket inner;
  CHECK(inner.bucket().put("p/a", "1"));
  const TestBucket outer(inner.bucket().driver());
  CHECK(outer.bucket().below("p").value().get("a").value().data == "1");
  CHECK(inner.count(BucketCall::get) == 1);
  CHECK(outer.count(BucketCall::get) == 1);
}
