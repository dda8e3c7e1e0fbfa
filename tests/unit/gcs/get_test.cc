#include "fixture.h"
#include "support/refusing_receiver.h"

#include "support/contains.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::testing;
using ::test::contains;

TEST_CASE_FIXTURE(Fixture, "a get is one request by the XML API, and says all of the object") {
  transport->then(reply(200,
                        media_headers("9", {{"x-goog-hash", "crc32c=4waSgw==,md5=x"},
                                            {"cache-control", "no-cache"},
                                            {"content-encoding", "zz"},
                                            {"x-goog-storage-class", "NEARLINE"},
                                            {"x-goog-meta-Owner", "ada"}}),
                        "123456789"));
  Received collector;
  const auto info = bucket->get("d/k", {}, collector);
  REQUIRE(info);
  CHECK(collector.data == "123456789");
  CHECK(sent(0) == "GET https://storage.googleapis.com/reports/d%2Fk\naccept-encoding: gzip\n");
  CHECK(info->token == "1700000000000001");
  CHECK(info->version_id == "1700000000000001");
  CHECK(info->content.cache_control == "no-cache");
  CHECK(info->content.encoding == "zz");
  CHECK(info->storage_class == "NEARLINE");
  CHECK(info->metadata == Metadata{{"owner", "ada"}});
}

TEST_CASE_FIXTURE(Fixture, "what the service says where nothing was set is nothing") {
  transport->then(
      reply(200, media_headers("0", {{"cache-control", "private, max-age=0"}, {"x-goog-storage-class", "STANDARD"}})));
  Received collector;
  const auto info = bucket->get("k", {}, collector);
  REQUIRE(info);
  CHECK(info->content.cache_control.empty());
  CHECK(info->storage_class.empty());
}

TEST_CASE_FIXTURE(Fixture, "a cache control that a program set was taken for one that nobody did") {
  transport->then(reply(200, media_headers("0", {{"cache-control", "public, max-age=3600"}})));
  Received collector;
  CHECK(bucket->get("k", {}, collector)->content.cache_control == "public, max-age=3600");
}

TEST_CASE_FIXTURE(Fixture, "bytes with another checksum are data loss") {
  transport->then(reply(200, media_headers("9", {{"x-goog-hash", "crc32c=AAAAAA=="}}), "123456789"));
  Received collector;
  const auto error = bucket->get("k", {}, collector).error();
  CHECK(error.code == ErrorCode::data_loss);
  CHECK(error.message == "the bytes have the checksum 4waSgw==, the service says AAAAAA==");
}

namespace {

// As the service sends what is stored by gzip, from some 8 MiB on.
std::vector<http::Header> headers_of_chunked(std::vector<http::Header> more = {}) {
  std::vector<http::Header> headers = media_headers("", {{"content-encoding", "gzip"},
                                                         {"transfer-encoding", "chunked"},
                                                         {"x-goog-hash", "crc32c=4waSgw=="},
                                                         {"x-goog-stored-content-encoding", "gzip"},
                                                         {"x-goog-stored-content-length", "9"}});
  headers.erase(headers.begin());  // Its Content-Length.
  headers.insert(headers.end(), more.begin(), more.end());
  return headers;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture,
                  "an object stored by gzip comes in chunks without a length, which its headers say elsewhere") {
  transport->then(reply(200, headers_of_chunked(), "123456789"));
  Received whole;
  const auto info = bucket->get("k", {}, whole);
  REQUIRE(info);
  CHECK(info->size == 9);
  CHECK(info->content.encoding == "gzip");
  CHECK(whole.data == "123456789");
  transport->then(reply(206, headers_of_chunked({{"content-range", "bytes 2-4/9"}}), "345"));
  GetOptions options;
  options.range = ByteRange{2, 3};
  Received part;
  CHECK(bucket->get("k", options, part)->size == 9);
  CHECK(part.data == "345");
}

TEST_CASE_FIXTURE(Fixture, "of what came in chunks the bytes are counted, and their checksum is checked") {
  const std::pair<std::string, ErrorCode> cases[] = {
      {"12345678", ErrorCode::unavailable}, {"1234567890", ErrorCode::unknown}, {"123456780", ErrorCode::data_loss}};
  for (const auto& [bytes, code] : cases) {
    transport->then(reply(200, headers_of_chunked(), bytes));
    Received collector;
    const auto error = bucket->get("k", {}, collector).error();
    CHECK_MESSAGE(error.code == code, error.to_string());
  }
  transport->then(reply(206, headers_of_chunked({{"content-range", "bytes 2-4/9"}}), "34"));
  GetOptions options;
  options.range = ByteRange{2, 3};
  Received collector;
  CHECK(bucket->get("k", options, collector).error().code == ErrorCode::unavailable);
}

TEST_CASE_FIXTURE(Fixture, "of what was unpacked on the way the stored length is not taken") {
  auto headers = headers_of_chunked();
  headers.erase(headers.begin() + 3);  // Its Content-Encoding.
  transport->then(reply(200, headers, "unpacked"));
  Received collector;
  const auto error = bucket->get("k", {}, collector).error();
  CHECK(error.code == ErrorCode::unknown);
  CHECK(error.message == "the reply does not say how long the object is");
}

TEST_CASE_FIXTURE(Fixture, "a range, a pin and a version travel") {
  transport->then(reply(206, media_headers("3", {{"content-range", "bytes 2-4/9"}}), "345"));
  GetOptions options;
  options.range = ByteRange{2, 3};
  options.condition = Condition::match("1700000000000001");
  options.version_id = "1700000000000001";
  Received collector;
  const auto info = bucket->get("k", options, collector);
  REQUIRE(info);
  CHECK(info->size == 9);
  CHECK(contains(sent(0), "/reports/k?generation=1700000000000001\n"));
  CHECK(contains(sent(0), "range: bytes=2-4\n"));
  CHECK(contains(sent(0), "x-goog-if-generation-match: 1700000000000001\n"));
}

TEST_CASE_FIXTURE(Fixture, "a version that is none of this store is refused before any request") {
  Received collector;
  GetOptions options;
  options.version_id = "null";
  CHECK(bucket->get("k", options, collector).error().code == ErrorCode::invalid_argument);
  CHECK(bucket->head("k", {"abc", {}}).error().code == ErrorCode::invalid_argument);
  CHECK(bucket->remove_version("k", "", {}).error().code == ErrorCode::invalid_argument);
  CHECK(transport->sent().empty());
}

TEST_CASE_FIXTURE(Fixture, "a range of an empty object is its no bytes") {
  transport->then(reply(416, {}, "")).then(reply(200, {}, resource("k", "0")));
  GetOptions options;
  options.range = ByteRange{0, 5};
  Received collector;
  const auto info = bucket->get("k", options, collector);
  REQUIRE(info);
  CHECK(info->size == 0);
}

TEST_CASE_FIXTURE(Fixture, "an object without a generation is not the service's") {
  transport->then(reply(200, {{"content-length", "0"}}));
  Received collector;
  const auto error = bucket->get("k", {}, collector).error();
  CHECK(error.message == "x-goog-generation of \"k\" is \"\"");
  CHECK(collector.info.key.empty());
}

TEST_CASE_FIXTURE(Fixture, "a changed object is asked for its metadata, and pinned to them") {
  transport->then(reply(200, {}, resource("k"))).then(reply(200, media_headers("5"), "12345"));
  GetOptions options;
  options.condition = Condition::not_match("1600000000000000");
  Received collector;
  REQUIRE(bucket->get("k", options, collector));
  CHECK(contains(sent(1), "x-goog-if-generation-match: 1700000000000001"));
}

TEST_CASE_FIXTURE(Fixture, "a receiver's own failed precondition was taken for the pin's, and the object read again") {
  GetOptions options;
  options.condition = Condition::not_match("1600000000000000");
  for (const bool at_once : {true, false}) {
    CAPTURE(at_once);
    transport->then(reply(200, {}, resource("k"))).then(reply(200, media_headers("5"), "12345"));
    ::test::RefusingReceiver receiver(at_once);
    const auto error = bucket->get("k", options, receiver).error();
    CHECK(error.code == ErrorCode::precondition_failed);
    CHECK(error.message == "the sink does not want it");
    CHECK(receiver.begins == 1);
  }
  CHECK(transport->sent().size() == 4);
  // Nor of an object without bytes, of which every range is refused.
  transport->then(reply(200, {}, resource("k", "0"))).then(reply(416)).then(reply(200, {}, resource("k", "0")));
  options.range = ByteRange{0, 5};
  ::test::RefusingReceiver receiver(true);
  CHECK(bucket->get("k", options, receiver).error().message == "the sink does not want it");
  CHECK(receiver.begins == 1);
}
