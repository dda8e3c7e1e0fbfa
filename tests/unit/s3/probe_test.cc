#include "aws/s3/payload.h"
#include "fixture.h"
#include "support/contains.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::aws::s3;
using namespace cloudkit::testing;
using ::test::contains;

namespace {

const std::vector<http::Header> kPut = {{"ETag", "\"abc\""}};

std::string answer(const std::vector<Behaviour>& behaviours, std::string_view name) {
  for (const Behaviour& behaviour : behaviours) {
    if (behaviour.name == name) {
      return std::string(to_string(behaviour.answer)) + (behaviour.text.empty() ? "" : ": " + behaviour.text);
    }
  }
  return "nothing";
}

}  // namespace

TEST_CASE("the unguarded driver sends what the table forbids, and this one still does not") {
  Fixture fixture(Fixture::at("http://localhost:9000", S3Server::b2));
  const auto unguarded = fixture.bucket->unguarded();
  CHECK(unguarded->url() == "s3://reports");
  const Capabilities all = unguarded->capabilities();
  CHECK(all.put_if_absent);
  CHECK(all.put_if_match);
  CHECK(all.remove_if_match);
  CHECK(all.copy_if_absent);
  CHECK(all.upload_if_absent);
  CHECK(all.upload_if_match);
  CHECK(all.copy_part);

  fixture.transport->then(reply(412, {}, error_body("PreconditionFailed"))).then(reply(204));
  const auto refused = unguarded->put("k", StringSource("x"), {.condition = Condition::absent()});
  CHECK(refused.error().code == ErrorCode::precondition_failed);
  CHECK(contains(fixture.sent()[0], "\nif-none-match: *\n"));
  CHECK(unguarded->remove("k", {.condition = Condition::match("abc")}));
  CHECK(contains(fixture.sent()[1], "\nif-match: \"abc\"\n"));
  CHECK(fixture.transport->sent()[1].headers.contains("authorization"));

  CHECK_FALSE(fixture.bucket->capabilities().put_if_absent);
  const auto held_back = fixture.bucket->put("k", StringSource("x"), {.condition = Condition::absent()});
  CHECK(held_back.error().code == ErrorCode::unsupported);
  CHECK(fixture.transport->sent().size() == 2);
}

TEST_CASE("R2 has a header of its own for copies, and keeps it") {
  Fixture fixture(Fixture::at("https://account.r2.cloudflarestorage.com", S3Server::r2));
  fixture.transport->then(reply(200, {{"ETag", "\"abc\""}, {"Content-Length", "5"}}))
      .then(reply(412, {}, error_body("PreconditionFailed")));
  CopyRequest request;
  request.source_bucket = "reports";
  request.source_key = "a";
  request.destination_key = "b";
  request.options.condition = Condition::absent();
  (void)fixture.bucket->unguarded()->copy(request);
  CHECK(contains(fixture.sent()[1], "\ncf-copy-destination-if-none-match: *\n"));
}

TEST_CASE("an anonymous store is probed without keys") {
  aws::S3Options options = Fixture::at("http://localhost:9000");
  options.anonymous = true;
  Fixture fixture(std::move(options));
  fixture.transport->then(reply(200, kPut, "bytes of a probe"), 10);
  CHECK(fixture.bucket->unguarded()->put("k", StringSource("x"), {}));
  CHECK_FALSE(fixture.transport->sent()[0].headers.contains("authorization"));
  CHECK(answer(fixture.bucket->probe("k", {}), "CRC-32C behind the bytes") ==
        "unknown: goes with a signed request over https, or to this machine, only");
}

TEST_CASE("checksums: right, wrong, behind the bytes, and MD5") {
  Fixture fixture(Fixture::at("http://localhost:9000"));
  const std::string crc = crc32c_header("bytes of a probe");
  fixture.transport->then(reply(200, kPut))
      .then(reply(200, {{"ETag", "\"abc\""}, {"x-amz-checksum-crc32c", crc}}))
      .then(reply(400, {}, error_body("BadDigest")))
      .then(reply(400, {}, error_body("BadDigest")))  // repeated once: it could have been the way
      .then(reply(200, kPut))
      .then(reply(200, {{"ETag", "\"abc\""}, {"Content-Length", "16"}}, "bytes of a probe"))
      .then(reply(200, kPut));
  const auto found = fixture.bucket->probe("k", {});
  CHECK(answer(found, "CRC-32C kept") == "honoured");
  CHECK(answer(found, "wrong CRC-32C refused") == "honoured");
  CHECK(answer(found, "CRC-32C behind the bytes") == "honoured");
  CHECK(answer(found, "wrong Content-MD5 refused") == "not honoured: other bytes than the checksum's were stored");
  const auto sent = fixture.sent();
  CHECK(contains(sent[0], "\nx-amz-checksum-crc32c: " + crc + "\n"));
  CHECK(contains(sent[1], "HEAD "));
  CHECK(contains(sent[1], "\nx-amz-checksum-mode: ENABLED\n"));
  CHECK(contains(sent[2], "\nx-amz-checksum-crc32c: "));
  CHECK_FALSE(contains(sent[2], crc));
  CHECK(contains(sent[4], "\nx-amz-trailer: x-amz-checksum-crc32c\n"));
  CHECK(contains(sent[6], "\ncontent-md5: "));
  for (const std::string& request : sent) CHECK(contains(request, " http://localhost:9000/reports/k\n"));
}

TEST_CASE("a server that stores the frame of a body in chunks as if it were the body") {
  Fixture fixture(Fixture::at("http://localhost:9000"));
  const std::string framed = "10\r\nbytes of a probe\r\n0\r\n";
  fixture.transport->then(reply(501, {}, error_body("NotImplemented")))
      .then(reply(200, kPut))
      .then(reply(200, kPut))
      .then(reply(200, {{"ETag", "\"abc\""}, {"Content-Length", std::to_string(framed.size())}}, framed))
      .then(reply(403, {}, error_body("AccessDenied")));
  const auto found = fixture.bucket->probe("k", {});
  CHECK(answer(found, "CRC-32C kept").rfind("refused: NotImplemented (501)", 0) == 0);
  CHECK(answer(found, "wrong CRC-32C refused") == "not honoured: other bytes than the checksum's were stored");
  CHECK(answer(found, "CRC-32C behind the bytes") == "not honoured: its frame was stored with the bytes");
  CHECK(answer(found, "wrong Content-MD5 refused").rfind("unknown: AccessDenied (403)", 0) == 0);
}
