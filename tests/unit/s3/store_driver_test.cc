#include "aws/s3/protocol_buckets.h"
#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::testing;

TEST_CASE_FIXTURE(Fixture, "a new bucket is made in the configured region") {
  transport->then(reply(404)).then(reply(200));
  REQUIRE(store->create_bucket("fresh", {}));
  const auto requests = transport->sent();
  CHECK(requests[0].method == http::Method::head);
  CHECK(requests[1].method == http::Method::put);
  CHECK(requests[1].host == "fresh.s3.us-west-2.amazonaws.com");
  CHECK(requests[1].body_size() == aws::s3::create_bucket_body("us-west-2", aws::s3::quirks_of(S3Server::aws)).size());
}

TEST_CASE("trap 31: in us-east-1 a bucket is made without a body") {
  Fixture fixture(Fixture::in_region("us-east-1"));
  fixture.transport->then(reply(404)).then(reply(200));
  REQUIRE(fixture.store->create_bucket("fresh", {}));
  CHECK(fixture.sent()[1] == "PUT https://fresh.s3.us-east-1.amazonaws.com/\n");
}

TEST_CASE("trap 31: a bucket that exists is already_exists, also where making it again answers 200") {
  Fixture fixture(Fixture::in_region("us-east-1"));
  fixture.transport->then(reply(200));
  const auto taken = fixture.store->create_bucket("reports", {}).error();
  CHECK(taken.code == ErrorCode::already_exists);
  CHECK(taken.hint == "use it by bucket(), or open it with OpenOptions::create, which takes both");
  CHECK(fixture.transport->sent().size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "a bucket of somebody else, or one that appears meanwhile, is already_exists") {
  transport->then(reply(403)).then(reply(403, {}, error_body("AccessDenied")));
  transport->then(reply(409, {}, error_body("BucketAlreadyExists")));
  const auto taken = store->create_bucket("reports", {}).error();
  CHECK(taken.code == ErrorCode::already_exists);
  CHECK(taken.hint == "bucket names are shared by all accounts: choose another one");
  transport->then(reply(404)).then(reply(409, {}, error_body("BucketAlreadyOwnedByYou")));
  CHECK(store->create_bucket("reports", {}).error().code == ErrorCode::already_exists);
}

TEST_CASE_FIXTURE(Fixture, "a creation without a reply is not repeated: it would meet its own bucket") {
  transport->then(reply(404)).then(broken());
  CHECK(store->create_bucket("fresh", {}).error().may_have_happened);
  CHECK(transport->sent().size() == 2);
}

TEST_CASE("without a region no bucket is made anywhere on AWS") {
  Fixture fixture(S3Options{});
  const auto error = fixture.store->create_bucket("fresh", {}).error();
  CHECK(error.code == ErrorCode::invalid_argument);
  CHECK(error.message == "no region is configured to create the bucket in");
  CHECK(fixture.transport->sent().empty());
}

TEST_CASE_FIXTURE(Fixture, "a name that no bucket can have is refused before any request") {
  CHECK(store->bucket("B").error().code == ErrorCode::invalid_argument);
  CHECK(store->create_bucket("B", {}).error().code == ErrorCode::invalid_argument);
  CHECK(store->delete_bucket("../etc", {}).error().code == ErrorCode::invalid_argument);
  CHECK(store->bucket_exists("", {}).error().code == ErrorCode::invalid_argument);
  CHECK(store->bucket("reports").value()->url() == "s3://reports");
  CHECK(transport->sent().empty());
}

TEST_CASE_FIXTURE(Fixture, "a bucket is deleted when it is empty") {
  transport->then(reply(204));
  transport->then(reply(409, {}, error_body("BucketNotEmpty")));
  transport->then(reply(404, {}, error_body("NoSuchBucket")));
  CHECK(store->delete_bucket("reports", {}));
  CHECK(store->delete_bucket("reports", {}).error().code == ErrorCode::conflict);
  CHECK(store->delete_bucket("reports", {}).error().code == ErrorCode::not_found);
  CHECK(sent()[0] == "DELETE https://reports.s3.us-west-2.amazonaws.com/\n");
}

TEST_CASE_FIXTURE(Fixture, "trap 16: a bucket that may not be seen is an error, not \"absent\"") {
  transport->then(reply(200)).then(reply(404));
  transport->then(reply(403)).then(reply(403, {}, error_body("AccessDenied")));
  CHECK(store->bucket_exists("reports", {}).value());
  CHECK_FALSE(store->bucket_exists("reports", {}).value());
  CHECK(store->bucket_exists("reports", {}).error().service_code == "AccessDenied");
}

TEST_CASE_FIXTURE(Fixture, "trap 15: a bucket that may be listed exists, though its HEAD is refused") {
  transport->then(reply(403)).then(reply(200, {}, "<ListBucketResult/>"));
  CHECK(store->bucket_exists("reports", {}).value());
  CHECK(sent()[1].find("max-keys=0") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "buckets are listed page by page") {
  transport->then(reply(200, {},
                        "<ListAllMyBucketsResult><Owner><ID>o</ID></Owner><Buckets><Bucket><Name>a</Name>"
                        "<CreationDate>2026-01-01T00:00:00.000Z</CreationDate></Bucket></Buckets>"
                        "<ContinuationToken>t/1</ContinuationToken></ListAllMyBucketsResult>"));
  transport->then(reply(200, {}, "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>"));
  const auto page = store->list_buckets_page("", {}).value();
  REQUIRE(page.entries.size() == 1);
  CHECK(page.entries[0].name == "a");
  CHECK(page.entries[0].created == TimePoint(std::chrono::seconds(1767225600)));
  CHECK(store->list_buckets_page(page.next_page_token, {}).value().entries.empty());
  CHECK(sent()[0] == "GET https://s3.us-west-2.amazonaws.com/?max-buckets=1000\n");
  CHECK(sent()[1] == "GET https://s3.us-west-2.amazonaws.com/?max-buckets=1000&continuation-token=t%2F1\n");
}

TEST_CASE_FIXTURE(Fixture, "a list of buckets that is broken, or would never end, is an error") {
  transport->then(reply(200, {},
                        "<ListAllMyBucketsResult><ContinuationToken>t</ContinuationToken>"
                        "</ListAllMyBucketsResult>"));
  CHECK(store->list_buckets_page("t", {}).error().message == "the list of buckets goes on where it already was");
  transport->then(reply(200, {}, "<ListAllMyBucketsResult><Buckets><Bucket/></Buckets></ListAllMyBucketsResult>"));
  CHECK(store->list_buckets_page("", {}).error().message == "the list of buckets has one without a name");
}
