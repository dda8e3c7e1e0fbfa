#include "aws/s3/access_point.h"

#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::testing;

namespace {

const std::string kArn = "arn:aws:s3:eu-west-1:123456789012:accesspoint/mine";
constexpr const char* kHost = "mine-123456789012.s3-accesspoint.eu-west-1.amazonaws.com";

std::shared_ptr<BucketDriver> by_access_point(const Fixture& fixture) { return fixture.store->bucket(kArn).value(); }

}  // namespace

TEST_CASE_FIXTURE(Fixture, "an access point is asked in the region of its ARN, whatever region is configured") {
  transport->then(reply(204));
  CHECK(by_access_point(*this)->remove("2026/a b", {}));
  const auto request = transport->sent().at(0);
  CHECK(request.host == kHost);
  CHECK(request.path == "/2026/a b");
  CHECK(signed_region(request) == "eu-west-1");
  CHECK(by_access_point(*this)->presign("k", {})->starts_with(std::string("https://") + kHost + "/k?"));
}

TEST_CASE("a URL to an access point is signed where no region is configured: the ARN has one") {
  const Fixture fixture(Fixture::in_region(""));
  const auto url = by_access_point(fixture)->presign("k", {});
  REQUIRE_MESSAGE(url, why(url));
  CHECK(url->find("%2Feu-west-1%2Fs3%2F") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a reply does not lead away from an access point, which is where its ARN says") {
  transport->then(reply(301, {{"x-amz-bucket-region", "us-east-2"}}, error_body("PermanentRedirect")));
  const auto error = by_access_point(*this)->remove("k", {}).error();
  CHECK(error.service_code == "PermanentRedirect");
  CHECK(transport->sent().size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "the source of a copy from an access point is the object's ARN, percent-encoded") {
  transport->then(reply(200, {{"ETag", "\"abc\""}, {"Content-Length", "5"}})).then(reply(200, {}, kCopied));
  CopyRequest request;
  request.source_bucket = kArn;
  request.source_key = "2026/a b";
  request.destination_key = "to";
  REQUIRE(bucket->copy(request));
  CHECK(transport->sent().at(0).host == kHost);
  CHECK(transport->sent().at(1).host == "reports.s3.us-west-2.amazonaws.com");
  CHECK(transport->sent().at(1).headers.get("x-amz-copy-source") ==
        "arn%3Aaws%3As3%3Aeu-west-1%3A123456789012%3Aaccesspoint/mine/object/2026/a%20b");
}

TEST_CASE("an access point of another partition than the configured region's is refused before any request") {
  const Fixture fixture(Fixture::in_region("cn-north-1"));
  const auto error = by_access_point(fixture)->remove("k", {}).error();
  CHECK(error.code == ErrorCode::invalid_argument);
  CHECK(error.message == "the access point is in the partition aws, and the region cn-north-1 is not");
  CHECK(fixture.transport->sent().empty());
}

TEST_CASE("an access point stands before a custom endpoint's host, and never in a path") {
  S3Options at_host = Fixture::at("https://objects.example:9000");
  at_host.addressing = aws::Addressing::virtual_host;
  const Fixture custom(at_host);
  custom.transport->then(reply(204));
  const auto removed = by_access_point(custom)->remove("k", {});
  REQUIRE_MESSAGE(removed, removed.error().message);
  CHECK(custom.transport->sent().at(0).host == "mine-123456789012.objects.example:9000");
  S3Options by_path = Fixture::in_region("eu-west-1");
  by_path.addressing = aws::Addressing::path;
  CHECK(by_access_point(Fixture(by_path))->remove("k", {}).error().message ==
        "an access point stands before the host, never in the path");
}

TEST_CASE_FIXTURE(Fixture, "an access point is asked for, but neither made nor deleted as a bucket") {
  transport->then(reply(200));
  CHECK(store->bucket_exists(kArn, {}).value());
  CHECK(store->create_bucket(kArn, {}).error().code == ErrorCode::unsupported);
  CHECK(store->delete_bucket(kArn, {}).error().code == ErrorCode::unsupported);
  CHECK(transport->sent().size() == 1);
}
