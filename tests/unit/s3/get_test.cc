#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::testing;

namespace {

std::vector<http::Header> object_headers(std::string length, std::vector<http::Header> more = {}) {
  more.push_back({"ETag", "\"abc\""});
  more.push_back({"Content-Length", std::move(length)});
  more.push_back({"Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"});
  return more;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "get delivers the object and what is known of it, in one request") {
  transport->then(reply(200, object_headers("5", {{"x-amz-meta-owner", "ada"}}), "hello"));
  Received out;
  const auto info = bucket->get("2026/a b+c%2F.pdf", {}, out).value();
  CHECK(out.data == "hello");
  CHECK(out.begins == 1);
  CHECK(info.size == 5);
  CHECK(info.token == "abc");
  CHECK(info.metadata.at("owner") == "ada");
  REQUIRE(sent().size() == 1);
  CHECK(sent()[0] ==
        "GET https://reports.s3.us-west-2.amazonaws.com/2026/a%20b%2Bc%252F.pdf\nx-amz-checksum-mode: ENABLED\n");
}

TEST_CASE_FIXTURE(Fixture, "traps 8 to 10: a key goes out encoded once and as it is, dots and slashes too") {
  for (int i = 0; i < 4; ++i) transport->then(reply(404, {}, error_body("NoSuchKey")));
  Received out;
  for (const char* key : {"a/../x//y", "/lead/", "%2F", "caf\xC3\xA9 \x01"}) {
    CHECK(bucket->get(key, {}, out).error().code == ErrorCode::not_found);
  }
  const std::string host = "GET https://reports.s3.us-west-2.amazonaws.com";
  CHECK(sent()[0].starts_with(host + "/a/../x//y\n"));
  CHECK(sent()[1].starts_with(host + "//lead/\n"));
  CHECK(sent()[2].starts_with(host + "/%252F\n"));
  CHECK(sent()[3].starts_with(host + "/caf%C3%A9%20%01\n"));
}

TEST_CASE_FIXTURE(Fixture, "an empty key is refused: its URL would be the bucket's") {
  Received out;
  CHECK(bucket->get("", {}, out).error().message == "the key is empty");
  CHECK(bucket->remove("", {}).error().message == "the key is empty");
  CHECK(transport->sent().empty());
}

TEST_CASE_FIXTURE(Fixture, "a range is asked for and checked") {
  transport->then(reply(206, object_headers("3", {{"Content-Range", "bytes 2-4/10"}}), "llo"));
  Received out;
  const auto info = bucket->get("k", {.range = ByteRange{2, 3}}, out).value();
  CHECK(info.size == 10);
  CHECK(out.offset == 2);
  CHECK(out.length == 3);
  CHECK(sent()[0] == "GET https://reports.s3.us-west-2.amazonaws.com/k\nrange: bytes=2-4\n");
}

TEST_CASE_FIXTURE(Fixture, "a reply with the wrong bytes delivers none") {
  transport->then(reply(206, object_headers("3", {{"Content-Range", "bytes 0-2/10"}}), "hel"));
  transport->then(reply(200, object_headers("5"), "hello"));
  Received out;
  CHECK(bucket->get("k", {.range = ByteRange{2, 3}}, out).error().code == ErrorCode::unknown);
  CHECK(bucket->get("k", {.range = ByteRange{2, 3}}, out).error().message ==
        "asked for bytes=2-4, the reply is 200, not 206");
  CHECK(out.begins == 0);
}

TEST_CASE_FIXTURE(Fixture, "trap 17: an empty object is read as empty, though every range of it is refused") {
  transport->then(reply(416, {{"Content-Range", "bytes */0"}}, error_body("InvalidRange")));
  transport->then(reply(200, object_headers("0")));
  Received out;
  const auto info = bucket->get("k", {.range = ByteRange{0, 100}}, out).value();
  CHECK(info.size == 0);
  CHECK(info.token == "abc");
  CHECK(out.begins == 1);
  CHECK(out.length == 0);
  CHECK(sent()[1].starts_with("HEAD "));
}

TEST_CASE_FIXTURE(Fixture, "trap 17: a range past the end of an object with bytes is the caller's mistake") {
  transport->then(reply(416, {{"Content-Range", "bytes */10"}}, error_body("InvalidRange")));
  transport->then(reply(200, object_headers("10")));
  Received out;
  const auto error = bucket->get("k", {.range = ByteRange::from(10)}, out).error();
  CHECK(error.code == ErrorCode::invalid_argument);
  CHECK(error.message == "the range begins at 10, the object has 10 bytes");
  CHECK(out.begins == 0);
}

TEST_CASE_FIXTURE(Fixture, "an object that grew between the refusal and the look is worth another try") {
  transport->then(reply(416, {}, error_body("InvalidRange")));
  transport->then(reply(200, object_headers("20")));
  Received out;
  const auto error = bucket->get("k", {.range = ByteRange::from(10)}, out).error();
  CHECK(error.code == ErrorCode::unavailable);
  CHECK(error.retryable);
}

TEST_CASE_FIXTURE(Fixture, "no bytes are read without asking for any") {
  transport->then(reply(200, object_headers("10")), 3);
  Received out;
  CHECK(bucket->get("k", {.range = ByteRange{4, 0}}, out).value().size == 10);
  CHECK(out.offset == 4);
  CHECK(bucket->get("k", {.range = ByteRange::suffix(0)}, out).value().size == 10);
  CHECK(out.offset == 10);
  CHECK(out.begins == 2);
  CHECK(bucket->get("k", {.range = ByteRange{10, 0}}, out).error().code == ErrorCode::invalid_argument);
  for (const auto& text : sent()) CHECK(text.starts_with("HEAD "));
}

TEST_CASE_FIXTURE(Fixture, "a changed object is told from one that has not changed") {
  transport->then(reply(304));
  transport->then(reply(412, {}, error_body("PreconditionFailed")));
  Received out;
  CHECK(bucket->get("k", {.condition = Condition::not_match("abc")}, out).error().code == ErrorCode::not_modified);
  CHECK(bucket->get("k", {.condition = Condition::match("old")}, out).error().code == ErrorCode::precondition_failed);
  CHECK(sent()[0].find("\nif-none-match: \"abc\"\n") != std::string::npos);
  CHECK(sent()[1].find("\nif-match: \"old\"\n") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a server that ignores the condition of a get is found out by the ETag of its reply") {
  transport->then(reply(200, object_headers("5"), "hello"), 2);
  Received out;
  CHECK(bucket->get("k", {.condition = Condition::match("old")}, out).error().code == ErrorCode::precondition_failed);
  CHECK(bucket->get("k", {.condition = Condition::not_match("abc")}, out).error().code == ErrorCode::not_modified);
  CHECK(out.begins == 0);
  transport->then(reply(200, object_headers("5")));
  const GetOptions nothing{.range = ByteRange{0, 0}, .condition = Condition::match("old")};
  CHECK(bucket->get("k", nothing, out).error().code == ErrorCode::precondition_failed);
  CHECK(out.begins == 0);
}

TEST_CASE_FIXTURE(Fixture, "a missing bucket and a missing object are both not found, by different codes") {
  transport->then(reply(404, {}, error_body("NoSuchKey")));
  transport->then(reply(404, {}, error_body("NoSuchBucket")));
  Received out;
  CHECK(bucket->get("k", {}, out).error().service_code == "NoSuchKey");
  const auto error = bucket->get("k", {}, out).error();
  CHECK(error.code == ErrorCode::not_found);
  CHECK(error.service_code == "NoSuchBucket");
  CHECK(error.hint == "check the bucket's name, and that the endpoint is the right one");
  CHECK(error.endpoint == "us-west-2");
  CHECK(error.attempts == 1);
}

TEST_CASE_FIXTURE(Fixture, "the receiver begins once, however many attempts begin") {
  transport->then([](const http::Request&, http::BodyReceiver* receiver, const Context&) {
    http::Exchange exchange;  // Breaks after the head, before the body.
    exchange.request_sent = exchange.reply_started = true;
    exchange.response.status = 200;
    exchange.response.headers.add("ETag", "\"old\"");
    exchange.response.headers.add("Content-Length", "3");
    REQUIRE(receiver->begin(exchange.response));
    Error error;
    error.code = ErrorCode::unavailable;
    error.retryable = true;
    exchange.status = error;
    return exchange;
  });
  transport->then(reply(200, object_headers("5"), "hello"));
  Received out;
  CHECK(bucket->get("k", {}, out).value().token == "abc");
  CHECK(out.begins == 1);
  CHECK(out.info.token == "abc");
  CHECK(out.data == "hello");
}

TEST_CASE_FIXTURE(Fixture, "bytes that are missing or too many are never a success") {
  transport->then(reply(200, object_headers("6"), "hello"));
  transport->then(reply(200, object_headers("4"), "hello"));
  Received out;
  const auto shorter = bucket->get("k", {}, out).error();
  CHECK(shorter.code == ErrorCode::unavailable);
  CHECK(shorter.message == "the reply ended after 5 of 6 bytes");
  CHECK(shorter.retryable);
  CHECK(bucket->get("k", {}, out).error().message == "the reply has more than the 4 bytes it announced");
}

TEST_CASE_FIXTURE(Fixture, "a flipped bit is found where AWS sends a checksum of the whole object") {
  transport->then(reply(200, object_headers("9", {{"x-amz-checksum-crc32c", "4waSgw=="}}), "123456789"));
  transport->then(reply(200, object_headers("9", {{"x-amz-checksum-crc32c", "4waSgw=="}}), "123456799"));
  Received out;
  CHECK(bucket->get("k", {}, out));
  CHECK(bucket->get("k", {}, out).error().code == ErrorCode::data_loss);
}

TEST_CASE_FIXTURE(Fixture, "a version is read by its id") {
  transport->then(reply(200, object_headers("0", {{"x-amz-version-id", "v 1"}})));
  Received out;
  CHECK(bucket->get("k", {.version_id = "v 1"}, out).value().version_id == "v 1");
  CHECK(sent()[0].starts_with("GET https://reports.s3.us-west-2.amazonaws.com/k?versionId=v%201\n"));
}

TEST_CASE_FIXTURE(Fixture, "head tells what get would") {
  transport->then(reply(200, object_headers("5", {{"x-amz-storage-class", "STANDARD"}})));
  const auto info = bucket->head("k", {}).value();
  CHECK(info.size == 5);
  CHECK(info.token == "abc");
  CHECK(info.storage_class.empty());
  CHECK(sent()[0] == "HEAD https://reports.s3.us-west-2.amazonaws.com/k\n");
}

TEST_CASE_FIXTURE(Fixture, "head of a missing object is one request") {
  transport->then(reply(404));
  CHECK(bucket->head("k", {}).error().code == ErrorCode::not_found);
  CHECK(transport->sent().size() == 1);
}
