#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::testing;

namespace {

const std::vector<http::Header> kSource = {
    {"ETag", "\"abc\""}, {"Content-Length", "5"}, {"Content-Type", "text/css"}, {"x-amz-meta-owner", "ada"}};

CopyRequest copy_of(std::string from, std::string to) {
  CopyRequest request;
  request.source_bucket = "reports";
  request.source_key = std::move(from);
  request.destination_key = std::move(to);
  return request;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "trap 2: a copy is given the time that it takes, other requests are not") {
  transport->then(reply(200, kSource)).then(reply(200, {}, kCopied));
  REQUIRE(bucket->copy(copy_of("from", "to")));
  CHECK(transport->sent()[0].thinking_time == std::chrono::seconds(0));
  CHECK(transport->sent()[1].thinking_time == std::chrono::minutes(15));
}

TEST_CASE_FIXTURE(Fixture, "trap 11: the source of a copy is percent-encoded, and pinned") {
  transport->then(reply(200, kSource)).then(reply(200, {{"x-amz-version-id", "v2"}}, kCopied));
  const auto step = bucket->copy(copy_of("a b/+%2F\xC3\xBC", "to")).value();
  REQUIRE(step.info);
  CHECK(step.info->key == "to");
  CHECK(step.info->size == 5);
  CHECK(step.info->token == "def");
  CHECK(step.info->content.type == "text/css");
  CHECK(step.info->metadata == Metadata{{"owner", "ada"}});
  CHECK(step.info->version_id == "v2");
  CHECK(step.info->modified == TimePoint(std::chrono::seconds(1767225600)));
  CHECK(sent()[1] ==
        "PUT https://reports.s3.us-west-2.amazonaws.com/to\n"
        "x-amz-copy-source: reports/a%20b/%2B%252F%C3%BC\nx-amz-copy-source-if-match: \"abc\"\n");
}

TEST_CASE_FIXTURE(Fixture, "what is not replaced stays the source's, though S3 replaces all or nothing") {
  transport->then(reply(200, kSource)).then(reply(200, {}, kCopied));
  CopyRequest request = copy_of("from", "to");
  request.options.metadata = Metadata{{"owner", "bob"}};
  const auto step = bucket->copy(request).value();
  CHECK(step.info->content.type == "text/css");
  CHECK(step.info->metadata == Metadata{{"owner", "bob"}});
  CHECK(sent()[1] ==
        "PUT https://reports.s3.us-west-2.amazonaws.com/to\nx-amz-copy-source: reports/from\n"
        "x-amz-copy-source-if-match: \"abc\"\nx-amz-metadata-directive: REPLACE\ncontent-type: text/css\n"
        "x-amz-meta-owner: bob\n");
}

TEST_CASE_FIXTURE(Fixture, "trap 1: a copy that answers 200 with an error is tried again, then fails") {
  transport->then(reply(200, kSource)).then(reply(200, {}, error_body("InternalError"))).then(reply(200, {}, kCopied));
  CHECK(bucket->copy(copy_of("from", "to")));
  transport->then(reply(200, kSource)).then(reply(200, {}, error_body("InternalError")), 4);
  const auto error = bucket->copy(copy_of("from", "to")).error();
  CHECK(error.code == ErrorCode::unavailable);
  CHECK(error.service_code == "InternalError");
  CHECK(error.attempts == 4);
  CHECK(error.may_have_happened);
}

TEST_CASE_FIXTURE(Fixture, "trap 1: an empty reply to a copy is no success") {
  transport->then(reply(200, kSource)).then(reply(200), 4);
  CHECK(bucket->copy(copy_of("from", "to")).error().code == ErrorCode::unavailable);
}

TEST_CASE_FIXTURE(Fixture, "a copy to where nothing may be is not repeated when its outcome is unknown") {
  transport->then(reply(200, kSource)).then(broken());
  CopyRequest request = copy_of("from", "to");
  request.options.condition = Condition::absent();
  const auto error = bucket->copy(request).error();
  CHECK(error.code == ErrorCode::unavailable);
  CHECK(error.may_have_happened);
  CHECK(transport->sent().size() == 2);
  CHECK(sent()[1].find("\nif-none-match: *\n") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "trap 18: what one request cannot copy is unsupported, and nothing is sent to copy it") {
  transport->then(reply(200, {{"ETag", "\"abc\""}, {"Content-Length", "5368709121"}}));
  const auto error = bucket->copy(copy_of("from", "to")).error();
  CHECK(error.code == ErrorCode::unsupported);
  CHECK(error.message == "5368709121 bytes are more than one request copies");
  CHECK(transport->sent().size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "a source that changes meanwhile is a conflict: the caller set no condition") {
  transport->then(reply(200, kSource)).then(reply(412, {}, error_body("PreconditionFailed")));
  const auto error = bucket->copy(copy_of("from", "to")).error();
  CHECK(error.code == ErrorCode::conflict);
  CHECK(error.message == "the source changed while it was copied");
  CHECK(error.retryable);
}

TEST_CASE_FIXTURE(Fixture, "of a copy to where nothing may be, the destination tells which condition failed") {
  CopyRequest request = copy_of("from", "to");
  request.options.condition = Condition::absent();
  const auto refused = reply(412, {}, error_body("PreconditionFailed"));
  SUBCASE("it exists") {
    transport->then(reply(200, kSource)).then(refused).then(reply(200, kSource));
    CHECK(bucket->copy(request).error().code == ErrorCode::precondition_failed);
  }
  SUBCASE("it is free: the source changed") {
    transport->then(reply(200, kSource)).then(refused).then(reply(404));
    const auto error = bucket->copy(request).error();
    CHECK(error.code == ErrorCode::conflict);
    CHECK(error.message == "the source changed while it was copied");
  }
  SUBCASE("it cannot be seen") {
    transport->then(reply(200, kSource)).then(refused).then(reply(403, {}, error_body("AccessDenied")), 2);
    CHECK(bucket->copy(request).error().code == ErrorCode::precondition_failed);
  }
}

TEST_CASE_FIXTURE(Fixture, "a missing source is not found") {
  transport->then(reply(404));
  CHECK(bucket->copy(copy_of("from", "to")).error().code == ErrorCode::not_found);
}

TEST_CASE_FIXTURE(Fixture, "a copy onto itself that changes nothing is done already; S3 would refuse it") {
  transport->then(reply(200, kSource), 2);
  CHECK(bucket->copy(copy_of("k", "k")).value().info->token == "abc");
  CopyRequest guarded = copy_of("k", "k");
  guarded.options.condition = Condition::absent();
  CHECK(bucket->copy(guarded).error().code == ErrorCode::precondition_failed);
  CHECK(transport->sent().size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "a copy onto itself replaces attributes") {
  transport->then(reply(200, kSource)).then(reply(200, {}, kCopied));
  CopyRequest request = copy_of("k", "k");
  request.options.content = ContentHeaders{.type = "text/plain"};
  CHECK(bucket->copy(request).value().info->content.type == "text/plain");
  CHECK(sent()[1].find("x-amz-metadata-directive: REPLACE\ncontent-type: text/plain\nx-amz-meta-owner: ada\n") !=
        std::string::npos);
}

TEST_CASE("what cannot be copied is refused before anything is sent") {
  Fixture fixture(Fixture::at("http://localhost:9000"));
  CopyRequest request = copy_of("from", "to");
  request.options.condition = Condition::absent();
  CHECK(fixture.bucket->copy(request).error().code == ErrorCode::unsupported);
  CHECK(fixture.transport->sent().empty());
}
