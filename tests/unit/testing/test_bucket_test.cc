#include "support/driver_io.h"
#include "support/test_data.h"

#include <cloudkit/driver/object_store.h>
#include <cloudkit/testing/test_bucket.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <functional>
#include <map>
#include <regex>
#include <set>
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

class Nowhere final : public ObjectReceiver {
 public:
  Status begin(const ObjectInfo&, std::uint64_t, std::uint64_t) override { return {}; }
  Status write(Bytes) override { return {}; }
};

// All that a driver is asked by request, with what it answers without one.
const std::map<std::string, std::function<bool(BucketDriver&)>>& requests_of_a_driver() {
  static const std::map<std::string, std::function<bool(BucketDriver&)>> all = {
      {"put", [](BucketDriver& b) { return bool(b.put("k", ::test::MemorySource("1"), {})); }},
      {"get",
       [](BucketDriver& b) {
         Nowhere nowhere;
         return bool(b.get("k", {}, nowhere));
       }},
      {"head", [](BucketDriver& b) { return bool(b.head("k", {})); }},
      {"remove", [](BucketDriver& b) { return bool(b.remove("k", {})); }},
      {"copy", [](BucketDriver& b) { return bool(b.copy({.destination_key = "k"})); }},
      {"list_page", [](BucketDriver& b) { return bool(b.list_page({})); }},
      {"remove_many", [](BucketDriver& b) { return bool(b.remove_many({}, {})); }},
      {"list_versions_page", [](BucketDriver& b) { return bool(b.list_versions_page({})); }},
      {"remove_version", [](BucketDriver& b) { return bool(b.remove_version("k", "1", {})); }},
      {"set_metadata", [](BucketDriver& b) { return bool(b.set_metadata("k", {})); }},
      {"get_tags", [](BucketDriver& b) { return bool(b.get_tags("k", {})); }},
      {"set_tags", [](BucketDriver& b) { return bool(b.set_tags("k", {}, {})); }},
      {"presign", [](BucketDriver& b) { return bool(b.presign("k", {})); }},
      {"begin_upload", [](BucketDriver& b) { return bool(b.begin_upload("k", {})); }},
      {"put_part", [](BucketDriver& b) { return bool(b.put_part({.key = "k"}, ::test::MemorySource("1"))); }},
      {"copy_part", [](BucketDriver& b) { return bool(b.copy_part({.key = "k"}, "test", "s", {0, 1}, "t")); }},
      {"complete_upload", [](BucketDriver& b) { return bool(b.complete_upload("k", {}, {}, {})); }},
      {"list_parts", [](BucketDriver& b) { return bool(b.list_parts("k", {}, {})); }},
      {"abort_upload", [](BucketDriver& b) { return bool(b.abort_upload("k", {}, {})); }},
      {"list_uploads_page", [](BucketDriver& b) { return bool(b.list_uploads_page({}, {}, {})); }}};
  return all;
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

TEST_CASE("faults that have let nothing fail are told") {
  const TestBucket test;
  test.fail({.call = BucketCall::put_part});
  test.fail({.call = BucketCall::put, .key = "a", .skip = 2});
  test.fail({.call = BucketCall::get, .times = 2});
  test.fail({.call = BucketCall::head, .times = 0});
  CHECK(test.bucket().put("a", "not in parts"));
  CHECK_FALSE(test.bucket().get("a"));
  auto unfired = test.unfired();
  REQUIRE(unfired.size() == 3);
  CHECK(unfired[0].call == BucketCall::put_part);
  CHECK(unfired[1].call == BucketCall::put);
  CHECK(unfired[1].skip == 1);
  CHECK_FALSE(test.bucket().head("a"));
  CHECK(test.bucket().put("a", "2"));
  CHECK_FALSE(test.bucket().put("a", "3"));
  CHECK(test.unfired().size() == 1);
  test.heal();
  CHECK(test.unfired().size() == 1);
  CHECK(test.bucket().get("a"));
}

TEST_CASE("a lost reply: the call was made, and says that it may have been") {
  const TestBucket test;
  test.fail({.call = BucketCall::put, .code = ErrorCode::timeout, .done = true});
  const auto error = test.bucket().put("a", "1").error();
  CHECK(error.code == ErrorCode::timeout);
  CHECK(error.may_have_happened);
  CHECK(test.bucket().get("a").value().data == "1");
}

TEST_CASE("a lost request: the call was not made, and says that it may have been") {
  const TestBucket test;
  test.fail({.call = BucketCall::put, .code = ErrorCode::timeout, .uncertain = true});
  CHECK(test.bucket().put("a", "1").error().may_have_happened);
  CHECK_FALSE(test.bucket().exists("a").value());
}

TEST_CASE("a get that breaks off after so many bytes goes on where it was") {
  const TestBucket test;
  const std::string data(1000, 'x');
  CHECK(test.bucket().put("a", data));
  test.fail({.call = BucketCall::get, .bytes = 300});
  CHECK(test.bucket().get("a").value().data == data);
  CHECK(test.count(BucketCall::get) == 2);
}

TEST_CASE("a get that breaks off at the same byte for ever fails, after a few tries") {
  const TestBucket test;
  CHECK(test.bucket().put("a", std::string(1000, 'x')));
  test.fail({.call = BucketCall::get, .times = 0, .bytes = 10});
  CHECK(test.bucket().get("a").error().code == ErrorCode::unavailable);
  CHECK(test.count(BucketCall::get) < 10);
}

TEST_CASE("a get that breaks off by what will not pass fails at once") {
  const TestBucket test;
  CHECK(test.bucket().put("a", std::string(1000, 'x')));
  test.fail({.call = BucketCall::get, .code = ErrorCode::permission_denied, .bytes = 10});
  CHECK(test.bucket().get("a").error().code == ErrorCode::permission_denied);
  CHECK(test.count(BucketCall::get) == 1);
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

TEST_CASE("of many removals one may be done and its reply lost, and all may fail") {
  const TestBucket test;
  const Bucket bucket = test.bucket();
  for (const char* const key : {"a", "b"}) CHECK(bucket.put(key, "1"));
  test.fail({.call = BucketCall::remove, .key = "b", .code = ErrorCode::unknown, .done = true});
  test.fail({.call = BucketCall::remove, .key = "a", .code = ErrorCode::permission_denied});
  const std::vector<std::string> keys = {"a", "b"};
  const auto report = bucket.remove_many(keys);
  REQUIRE(report.failures.size() == 2);
  CHECK(bucket.exists("a").value());
  CHECK_FALSE(bucket.exists("b").value());
}

TEST_CASE("many removals that fail were tried, as those that a service refuses") {
  const TestBucket test;
  CHECK(test.bucket().put("a", "1"));
  test.fail({.call = BucketCall::remove_many});
  const std::vector<std::string> keys = {"a", "b", "c"};
  const auto report = test.bucket().remove_many(keys);
  CHECK(test.count(BucketCall::remove_many) == 1);
  REQUIRE(report.failures.size() == 3);
  CHECK(report.failures[0].key == "a");
  CHECK(report.failures[0].error.attempts == 1);
  CHECK(report.not_tried.empty());
  CHECK(report.stopped);
  CHECK(test.bucket().exists("a").value());
}

TEST_CASE("a fault of any call with a key is of its removal among many, too") {
  const TestBucket test;
  const Bucket bucket = test.bucket();
  for (const char* const key : {"a", "b", "c"}) CHECK(bucket.put(key, "1"));
  test.fail({.key = "b", .code = ErrorCode::permission_denied});
  const std::vector<std::string> keys = {"a", "b", "c"};
  const auto report = bucket.remove_many(keys);
  CHECK(test.count(BucketCall::remove_many) == 1);
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].key == "b");
  CHECK(bucket.exists("b").value());
  CHECK_FALSE(bucket.exists("c").value());
}

TEST_CASE("of many removals a key that may pass is asked for again") {
  const TestBucket test;
  const Bucket bucket = test.bucket();
  for (const char* const key : {"a", "b"}) CHECK(bucket.put(key, "1"));
  test.fail({.call = BucketCall::remove, .key = "b"});
  const std::vector<std::string> keys = {"a", "b"};
  CHECK(bucket.remove_many(keys).removed == 2);
  CHECK(test.count(BucketCall::remove_many) == 2);
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

TEST_CASE("every request of a driver is counted, and fails by a fault") {
  for (const auto& request : requests_of_a_driver()) {
    CAPTURE(request.first);
    const TestBucket test;
    test.fail({.code = ErrorCode::permission_denied});
    CHECK_FALSE(request.second(*test.bucket().driver()));
    REQUIRE(test.calls().size() == 1);
    CHECK(test.calls()[0].error == ErrorCode::permission_denied);
  }
}

TEST_CASE("what ForwardingBucket passes on by request is among those") {
  const std::string header = read_test_data("../../include/cloudkit/driver/forwarding_bucket.h");
  const std::set<std::string> asks_nobody = {"capabilities", "url", "name", "store_id", "upload_limits"};
  const std::regex passed_on(R"(return inner_->(\w+)\()");
  for (std::sregex_iterator one(header.begin(), header.end(), passed_on), end; one != end; ++one) {
    const std::string name = (*one)[1];
    CAPTURE(name);
    CHECK(requests_of_a_driver().count(name) + asks_nobody.count(name) == 1);
  }
}
