#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::testing;

namespace {

const std::vector<http::Header> kStored = {{"ETag", "\"abc\""}, {"x-amz-version-id", "v1"}};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "put sends everything there is to know, in one request") {
  transport->then(reply(200, kStored));
  PutOptions options;
  options.content = {"text/css", "max-age=60", "gzip", "inline", "en"};
  options.metadata = {{"owner", "ada"}};
  options.storage_class = "STANDARD_IA";
  options.tags = {{"Two Words", "a=b"}, {"x", ""}};
  const MemorySource source("123456789");
  const auto info = bucket->put("a/b", source, options).value();
  CHECK(info.key == "a/b");
  CHECK(info.size == 9);
  CHECK(info.token == "abc");
  CHECK(info.etag == "abc");
  CHECK(info.version_id == "v1");
  REQUIRE(transport->sent().size() == 1);
  const http::Request request = transport->sent()[0];
  CHECK(text_of(request).starts_with(
      "PUT https://reports.s3.us-west-2.amazonaws.com/a/b\ncontent-type: text/css\ncache-control: max-age=60\n"
      "content-encoding: gzip\ncontent-disposition: inline\ncontent-language: en\nx-amz-storage-class: STANDARD_IA\n"
      "x-amz-meta-owner: ada\nx-amz-tagging: Two%20Words=a%3Db&x=\nx-amz-checksum-crc32c: 4waSgw==\n"));
  CHECK(request.headers.get("x-amz-content-sha256") == "UNSIGNED-PAYLOAD");
  CHECK(request.headers.get("authorization").find("/us-west-2/s3/aws4_request") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "trap 17: an empty object has a length of 0, not none") {
  transport->then(reply(200, kStored));
  CHECK(bucket->put("k", MemorySource(""), {}).value().size == 0);
  const http::Request request = transport->sent()[0];
  CHECK(request.body_size() == 0);
  CHECK(request.headers.get("x-amz-content-sha256") ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("bytes that are not in memory go out as a source, with a checksum where the server takes one") {
  const StringSource source("123456789");
  S3Options signed_payload = Fixture::at("http://objects.example", S3Server::aws);
  signed_payload.allow_http = true;
  Fixture aws(signed_payload);
  aws.transport->then(reply(200, kStored));
  CHECK(aws.bucket->put("k", source, {}));
  CHECK(aws.transport->sent()[0].source == &source);
  CHECK(aws.transport->sent()[0].headers.get("x-amz-checksum-crc32c") == "4waSgw==");

  Fixture generic(Fixture::at("https://objects.example"));
  generic.transport->then(reply(200, kStored));
  CHECK(generic.bucket->put("k", source, {}));
  CHECK_FALSE(generic.transport->sent()[0].headers.contains("x-amz-checksum-crc32c"));
}

TEST_CASE("a bug fixed: a put whose reply told another checksum than was sent had succeeded") {
  Fixture aws(Fixture::at("https://objects.example", S3Server::aws));
  aws.transport->then(reply(200, {{"ETag", "\"abc\""}, {"x-amz-checksum-crc32c", "AAAAAA=="}}));
  const auto put = aws.bucket->put("k", MemorySource("123456789"), {});
  REQUIRE_FALSE(put);
  CHECK(put.error().code == ErrorCode::data_loss);
  CHECK(put.error().message == "the object has the checksum 4waSgw==, the service says AAAAAA==");
  CHECK(put.error().hint == "other bytes are stored than were sent: put it again");
  CHECK(put.error().may_have_happened);
}

TEST_CASE("trap 33: over plain http to another machine the payload is signed") {
  S3Options options = Fixture::at("http://objects.example");
  options.allow_http = true;
  Fixture fixture(options);
  fixture.transport->then(reply(200, kStored));
  REQUIRE(fixture.bucket->put("k", StringSource("Welcome to Amazon S3."), {}));
  CHECK(fixture.transport->sent()[0].headers.get("x-amz-content-sha256") ==
        "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
}

TEST_CASE("anonymous requests carry nothing that names or signs") {
  S3Options options = Fixture::in_region("us-west-2");
  options.anonymous = true;
  Fixture fixture(options);
  fixture.transport->then(reply(200, {}, "<ListBucketResult/>"));
  CHECK(fixture.bucket->list_page({}));
  const http::Request request = fixture.transport->sent()[0];
  CHECK(request.headers.size() == 0);
}

TEST_CASE_FIXTURE(Fixture, "trap 22: create only if absent, replace only if the same") {
  transport->then(reply(200, kStored), 2);
  const MemorySource source("x");
  CHECK(bucket->put("k", source, {.condition = Condition::absent()}));
  CHECK(bucket->put("k", source, {.condition = Condition::match("abc")}));
  CHECK(sent()[0].find("\nif-none-match: *\n") != std::string::npos);
  CHECK(sent()[1].find("\nif-match: \"abc\"\n") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture,
                  "trap 22: a condition that did not hold is precondition_failed, also when nothing is there") {
  transport->then(reply(412, {}, error_body("PreconditionFailed")));
  transport->then(reply(404, {}, error_body("NoSuchKey")));
  transport->then(reply(404, {}, error_body("NoSuchBucket")));
  const MemorySource source("x");
  const PutOptions match{.condition = Condition::match("old")};
  CHECK(bucket->put("k", source, {.condition = Condition::absent()}).error().code == ErrorCode::precondition_failed);
  const auto missing = bucket->put("k", source, match).error();
  CHECK(missing.code == ErrorCode::precondition_failed);
  CHECK(missing.message == "there is no such object, so it has no token to match");
  CHECK(bucket->put("k", source, match).error().code == ErrorCode::not_found);
}

TEST_CASE_FIXTURE(Fixture, "trap 22: a conditional put that meets another one is tried again") {
  transport->then(reply(409, {}, error_body("ConditionalRequestConflict")));
  transport->then(reply(200, kStored));
  CHECK(bucket->put("k", MemorySource("x"), {.condition = Condition::absent()}));
  CHECK(transport->sent().size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "a conditional put without a reply is not repeated, and may have happened") {
  transport->then(broken());
  const auto error = bucket->put("k", MemorySource("x"), {.condition = Condition::absent()}).error();
  CHECK(error.may_have_happened);
  CHECK(transport->sent().size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "a plain put without a reply is repeated") {
  transport->then(broken()).then(reply(200, kStored));
  CHECK(bucket->put("k", MemorySource("x"), {}));
}

TEST_CASE_FIXTURE(Fixture, "a put whose reply has no ETag may have happened") {
  transport->then(reply(200));
  const auto error = bucket->put("k", MemorySource("x"), {}).error();
  CHECK(error.message == "the reply to the put has no ETag");
  CHECK(error.may_have_happened);
}

TEST_CASE_FIXTURE(Fixture, "trap 14: removing succeeds whether there was an object or not") {
  transport->then(reply(204))
      .then(reply(404, {}, error_body("NoSuchKey")))
      .then(reply(404, {}, error_body("NoSuchBucket")));
  CHECK(bucket->remove("k", {}));
  CHECK(bucket->remove("k", {}));
  CHECK(bucket->remove("k", {}).error().service_code == "NoSuchBucket");
  CHECK(sent()[0] == "DELETE https://reports.s3.us-west-2.amazonaws.com/k\n");
}

TEST_CASE_FIXTURE(Fixture, "a conditional remove says whether the condition held") {
  const RemoveOptions options{.condition = Condition::match("abc")};
  transport->then(reply(204));
  transport->then(reply(412, {}, error_body("PreconditionFailed")));
  transport->then(reply(404, {}, error_body("NoSuchKey")));
  CHECK(bucket->remove("k", options));
  CHECK(bucket->remove("k", options).error().code == ErrorCode::precondition_failed);
  CHECK(bucket->remove("k", options).error().code == ErrorCode::precondition_failed);
  CHECK(sent()[0].find("\nif-match: \"abc\"\n") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a conditional removal that a 503 made after all was reported as surely somebody else's") {
  transport->then(reply(503, {}, error_body("ServiceUnavailable")));
  transport->then(reply(412, {}, error_body("PreconditionFailed")));
  const auto error = bucket->remove("k", {.condition = Condition::match("abc")}).error();
  CHECK(error.code == ErrorCode::precondition_failed);
  CHECK(error.may_have_happened);
}

TEST_CASE("a condition that a server would ignore is refused before any request") {
  Fixture fixture(Fixture::at("http://localhost:9000", S3Server::ceph));
  const auto error = fixture.bucket->remove("k", {.condition = Condition::match("abc")}).error();
  CHECK(error.code == ErrorCode::unsupported);
  CHECK(fixture.transport->sent().empty());
  CHECK_FALSE(fixture.bucket->capabilities().remove_if_match);
}

TEST_CASE_FIXTURE(Fixture, "a bucket tells what and where it is") {
  CHECK(bucket->url() == "s3://reports");
  CHECK(bucket->name() == "reports");
  CHECK(bucket->store_id() == "s3 aws");
  CHECK(Fixture(Fixture::at("http://localhost:9000/base")).bucket->store_id() == "s3 http://localhost:9000/base");
  CHECK(transport->sent().empty());
}
