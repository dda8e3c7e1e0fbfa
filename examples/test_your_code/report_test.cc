// Tests of code that uses cloudkit: no network, no account, no mock of an interface, and things go wrong on demand.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "report.h"

#include <cloudkit/testing/test_bucket.h>

#include <doctest/doctest.h>

using cloudkit::ErrorCode;
using cloudkit::testing::BucketCall;
using cloudkit::testing::TestBucket;

TEST_CASE("a report is found by its day, and as the latest") {
  const TestBucket test;
  CHECK(publish(test.bucket(), "2026-11-26", "all is well"));
  CHECK(test.bucket().get("latest").value().data == "reports/2026-11-26");
  CHECK(test.bucket().get("reports/2026-11-26").value().data == "all is well");
}

TEST_CASE("a second run of the day changes nothing") {
  const TestBucket test;
  CHECK(publish(test.bucket(), "2026-11-26", "first"));
  CHECK(publish(test.bucket(), "2026-11-26", "second"));
  CHECK(test.bucket().get("reports/2026-11-26").value().data == "first");
}

TEST_CASE("a report that cannot be kept is not the latest") {
  const TestBucket test;
  CHECK(publish(test.bucket(), "2026-11-25", "yesterday"));
  test.fail({.call = BucketCall::put, .key = "reports/2026-11-26", .code = ErrorCode::permission_denied});
  const auto status = publish(test.bucket(), "2026-11-26", "today");
  CHECK(status.error().code == ErrorCode::permission_denied);
  CHECK(test.bucket().get("latest").value().data == "reports/2026-11-25");
}

TEST_CASE("after a lost request or a lost reply, which nobody can tell apart, the next run makes it whole") {
  for (const char* const key : {"reports/2026-11-26", "latest"}) {
    for (const bool done : {false, true}) {
      const TestBucket test;
      test.fail({.call = BucketCall::put, .key = key, .code = ErrorCode::timeout, .done = done, .uncertain = true});
      CHECK(publish(test.bucket(), "2026-11-26", "today").error().may_have_happened);
      CHECK(publish(test.bucket(), "2026-11-26", "today"));
      CHECK(test.bucket().get("latest").value().data == "reports/2026-11-26");
      CHECK(test.bucket().get("reports/2026-11-26").value().data == "today");
    }
  }
}

TEST_CASE("publishing costs two requests") {
  const TestBucket test;
  CHECK(publish(test.bucket(), "2026-11-26", "today"));
  CHECK(test.count(BucketCall::put) == 2);
  CHECK(test.calls().size() == 2);
}
