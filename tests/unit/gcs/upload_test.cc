#include "fixture.h"
#include "gcp/gcs/hashed_source.h"
#include "gcp/gcs/protocol_put.h"
#include "http/object/checksum.h"
#include "object_store/transfer/plan.h"

#include "support/contains.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::testing;
using ::test::contains;

// Uploads in parts, with a script for a service.
namespace {

const UploadId kUpload{"/upload/storage/v1/b/reports/o?uploadType=resumable&upload_id=cktest-session-2"};

PutPartRequest part(int number, std::uint64_t offset, bool last) {
  PutPartRequest request;
  request.key = "k";
  request.upload = kUpload;
  request.number = number;
  request.offset = offset;
  request.last = last;
  return request;
}

ScriptedTransport::Step stored(std::size_t bytes) {
  return reply(308, {{"Range", fmt::format("bytes=0-{}", bytes - 1)}});
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "an upload from begin to end: whole units first, the rest with the end") {
  const std::string data(2 * kUnit + 5, 'x');
  const std::string crc32c = http::crc32c_header(data);
  std::string end;
  transport->then(reply(200, {{"Location", "https://storage.googleapis.com" + kUpload.value}}))
      .then(stored(kUnit))
      .then(stored(2 * kUnit))
      .then(keeping(end, reply(200, {}, resource("k", std::to_string(data.size()), ",\"crc32c\":\"" + crc32c + '"'))));
  const auto upload = bucket->begin_upload("k", {});
  REQUIRE(upload);
  CHECK(upload->value == kUpload.value);
  const auto first = bucket->put_part(part(1, 0, false), MemorySource(data.substr(0, kUnit)));
  const auto second = bucket->put_part(part(2, kUnit, true), StringSource(data.substr(kUnit)));
  REQUIRE(first);
  REQUIRE(second);
  // What waits for the end is not stored: after a restart the part is to be sent again.
  CHECK(second->persisted_until == 2 * kUnit);
  CHECK(second->part.size == kUnit);
  const auto info = bucket->complete_upload("k", *upload, {first->part, second->part}, {});
  REQUIRE(info);
  CHECK(info->size == data.size());
  CHECK(contains(end, fmt::format("content-range: bytes {}-{}/{}\n", 2 * kUnit, data.size() - 1, data.size())));
  CHECK(contains(end, "x-goog-hash: crc32c=" + crc32c + "\n"));
  CHECK(contains(end, "\nxxxxx"));
}

TEST_CASE_FIXTURE(Fixture, "an upload that ends with a whole unit ends without bytes") {
  std::string end;
  transport->then(stored(kUnit)).then(keeping(end, reply(200, {}, resource("k", std::to_string(kUnit)))));
  const auto sent = bucket->put_part(part(1, 0, true), MemorySource(std::string(kUnit, 'x')));
  REQUIRE(sent);
  CHECK(bucket->complete_upload("k", kUpload, {sent->part}, {}));
  CHECK(contains(end, fmt::format("content-range: bytes */{}\n", kUnit)));
}

TEST_CASE_FIXTURE(Fixture, "a part that is no multiple, but the last, is refused before any request") {
  const auto error = bucket->put_part(part(1, 0, false), MemorySource("12345")).error();
  CHECK(error.code == ErrorCode::invalid_argument);
  CHECK(error.message == "each part but the last has a multiple of 262144 bytes");
  CHECK(bucket->put_part(part(2, 5, true), MemorySource("1")).error().code == ErrorCode::invalid_argument);
  CHECK(transport->sent().empty());
}

TEST_CASE_FIXTURE(Fixture, "a chunk whose reply is lost is sent again: what is there is ignored") {
  transport->then(broken()).then(reply(503, {}, "")).then(stored(kUnit));
  CHECK(bucket->put_part(part(1, 0, false), MemorySource(std::string(kUnit, 'x'))));
  CHECK(transport->sent().size() == 3);
}

TEST_CASE_FIXTURE(Fixture, "an end whose reply is lost is asked for again: the session remembers its object") {
  transport->then(broken()).then(reply(200, {}, resource("k", "5")));
  const auto sent = bucket->put_part(part(1, 0, true), MemorySource("12345"));
  REQUIRE(sent);
  CHECK(bucket->complete_upload("k", kUpload, {sent->part}, {}));
}

TEST_CASE_FIXTURE(Fixture, "an end that did not get through was held as long as the bucket") {
  const auto sent = bucket->put_part(part(1, 0, true), MemorySource("12345"));
  REQUIRE(sent);
  transport->then(reply(503, {}, refusal(503, "backendError", "down")), 4);
  CHECK(bucket->complete_upload("k", kUpload, {sent->part}, {}).error().code == ErrorCode::unavailable);
  // It is gone, and no object without it appears.
  const auto again = bucket->complete_upload("k", kUpload, {sent->part}, {}).error();
  CHECK(again.code == ErrorCode::conflict);
  CHECK(again.message == "the end of the last part is not here any more");
  CHECK(transport->sent().size() == 4);
}

TEST_CASE_FIXTURE(Fixture, "the parts of a writer that does not know its length grew to 512 MiB") {
  const UploadLimits limits = bucket->upload_limits();
  const auto plan = object_store::plan_open(0, 0, limits);
  REQUIRE(plan);
  CHECK(plan->part_size(1).value() == std::uint64_t{8} << 20);
  CHECK(plan->part_size(700'000).value() == std::uint64_t{8} << 20);
}

TEST_CASE_FIXTURE(Fixture, "an end that the session does not reach begins anew") {
  transport->then(stored(kUnit));
  const auto error = bucket->complete_upload("k", kUpload, {{1, 2 * kUnit, "", ""}}, {}).error();
  CHECK(error.code == ErrorCode::conflict);
  CHECK(error.message == "the session has not all of the 524288 bytes");
}

TEST_CASE_FIXTURE(Fixture, "an end of which the service keeps a part goes on with the rest") {
  std::string first;
  std::string asked;
  std::string rest;
  const std::string crc32c = http::crc32c_header("12345");
  transport->then(keeping(first, reply(308)))
      .then(keeping(asked, stored(3)))
      .then(keeping(rest, reply(200, {}, resource("k", "5", ",\"crc32c\":\"" + crc32c + '"'))));
  const auto sent = bucket->put_part(part(1, 0, true), MemorySource("12345"));
  REQUIRE(sent);
  REQUIRE(bucket->complete_upload("k", kUpload, {sent->part}, {}));
  CHECK(contains(first, "content-range: bytes 0-4/5\n"));
  CHECK(contains(asked, "content-range: bytes */*\n"));
  CHECK(contains(rest, "content-range: bytes 3-4/5\n"));
  CHECK(contains(rest, "x-goog-hash: crc32c=" + crc32c + "\n"));
  CHECK(contains(rest, "\n45"));
}

TEST_CASE_FIXTURE(Fixture, "an end of which nothing is kept is sent a few times, and is no conflict then") {
  transport->then(stored(kUnit), 4);
  const auto error = bucket->complete_upload("k", kUpload, {{1, kUnit, "", "AAAAAA=="}}, {}).error();
  CHECK(error.code == ErrorCode::unavailable);
  CHECK(error.retryable);
  CHECK(transport->sent().size() == 4);
}

TEST_CASE_FIXTURE(Fixture, "a line that breaks in a chunk is gone on with where the service is") {
  std::string rest;
  transport->then(broken(), 4).then(stored(kUnit)).then(keeping(rest, stored(2 * kUnit)));
  const auto sent = bucket->put_part(part(1, 0, false), MemorySource(std::string(2 * kUnit, 'x')));
  REQUIRE(sent);
  CHECK(sent->persisted_until == 2 * kUnit);
  CHECK(contains(rest, fmt::format("content-range: bytes {}-{}/*\n", kUnit, 2 * kUnit - 1)));
}

TEST_CASE_FIXTURE(Fixture, "a session that has forgotten earlier parts is no such upload") {
  transport->then(reply(503, {}, refusal(503, "backendError", "bytes are missing")), 4).then(stored(kUnit));
  const auto error = bucket->put_part(part(3, 2 * kUnit, false), MemorySource(std::string(kUnit, 'x'))).error();
  CHECK(error.code == ErrorCode::not_found);
  CHECK(error.service_code == "NoSuchUpload");
  // But who keeps all of them, and no more, is just down.
  transport->then(reply(503, {}, refusal(503, "backendError", "down")), 4).then(stored(2 * kUnit));
  CHECK(bucket->put_part(part(3, 2 * kUnit, false), MemorySource(std::string(kUnit, 'x'))).error().code ==
        ErrorCode::unavailable);
}

TEST_CASE_FIXTURE(Fixture, "an end with a condition that did not hold, or a wrong checksum") {
  transport->then(reply(412, {}, refusal(412, "conditionNotMet", "no")))
      .then(reply(400, {}, refusal(400, "invalid", "Provided CRC32C \\\"a\\\" doesn't match calculated CRC32C")), 2);
  PutOptions options;
  options.condition = Condition::absent();
  const std::vector<UploadPart> parts = {{1, kUnit, "", "AAAAAA=="}};
  CHECK(bucket->complete_upload("k", kUpload, parts, options).error().code == ErrorCode::precondition_failed);
  CHECK(bucket->complete_upload("k", kUpload, parts, options).error().code == ErrorCode::data_loss);
}

TEST_CASE_FIXTURE(Fixture, "a session says how much it has, and nothing of parts") {
  transport->then(stored(kUnit)).then(reply(200, {}, resource("k"))).then(reply(410));
  CHECK(bucket->list_parts("k", kUpload, {}).error().code == ErrorCode::unsupported);
  CHECK(bucket->list_parts("k", kUpload, {}).error().service_code == "NoSuchUpload");
  CHECK(bucket->list_parts("k", kUpload, {}).error().service_code == "NoSuchUpload");
}

TEST_CASE_FIXTURE(Fixture, "what is no session is no upload, and no request") {
  // With the caller's token any other path would do something else, such as remove an object.
  for (const char* const id :
       {"", "x", "/o", "/upload/o?upload=1", "@evil.example/?upload_id=1", "//evil/?upload_id=1",
        "/storage/v1/b/reports/o/k?upload_id=1", "/upload/storage/v1/b/others/o?upload_id=1",
        "/upload/storage/v1/b/reports/o/../../k?upload_id=1", "/upload/storage/v1/b/reports/o#?upload_id=1"}) {
    CAPTURE(id);
    CHECK(bucket->list_parts("k", {id}, {}).error().service_code == "NoSuchUpload");
    CHECK(bucket->abort_upload("k", {id}, {}));
  }
  CHECK(transport->sent().empty());
}

TEST_CASE_FIXTURE(Fixture, "a session without a place, or a range that is none") {
  transport->then(reply(200)).then(reply(200, {{"Location", "https://h/no/id"}}));
  CHECK(bucket->begin_upload("k", {}).error().message == "the reply names no session for the upload");
  CHECK(bucket->begin_upload("k", {}).error().message ==
        "the reply names a session that is none of the bucket, or has no upload_id");
  for (const char* const range : {"bytes=1-5", "0-x", "bytes=0-18446744073709551615", "items=0-5"}) {
    CAPTURE(range);
    transport->then(reply(308, {{"Range", range}}));
    CHECK(bucket->put_part(part(1, 0, false), MemorySource(std::string(kUnit, 'x'))).error().code ==
          ErrorCode::unknown);
  }
}

TEST_CASE("a checksum is worked out while bytes are sent, also of those that are sent twice or never") {
  const std::string data = "0123456789";
  const StringSource source(data);
  const gcp::gcs::HashedSource hashed(source, 9);
  std::string buffer(4, '\0');
  REQUIRE(hashed.read_at(0, buffer));
  REQUIRE(hashed.read_at(2, buffer));  // An attempt again, from elsewhere.
  CHECK(hashed.crc32c().value() == crypto::crc32c(0, "012345678"));
}
