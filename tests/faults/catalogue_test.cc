// Rows of the fault catalogue (catalogue.json) from a handle to the wire and back. Waits between attempts are virtual.
#include "faults/whole_way.h"

using cloudkit::ErrorCode;
using namespace faults;

namespace {

const Script kDown = error_reply(500, "InternalError");
const Script kSlowDown = error_reply(503, "SlowDown");
const std::string kXml = "<?xml version=\"1.0\"?>";

Script cut(std::size_t offset, Step end) { return {send(cut_at(offset)), std::move(end)}; }
Script headless(std::string bytes) { return {send(std::move(bytes)), close()}; }
Script busy(const std::string& retry_after) {
  return error_reply(429, "TooManyRequests", "Retry-After: " + retry_after + "\r\n");
}
std::string listing(const std::string& inside) {
  return reply(200, kXml + "<ListBucketResult>" + inside + "</ListBucketResult>");
}
std::string repeat(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

const std::vector<Row> kLostConnections = {
    {.name = "row 6: reset before the request is read",
     .call = Call::put,
     .replies = {reply(200, "", kEtag)},
     .requests = 1,
     .waits = {50, 100},
     .greetings = {{reset()}, {reset()}}},
    {.name = "row 79: a network that is gone for three attempts",
     .call = Call::download,
     .replies = {whole_object()},
     .requests = 1,
     .waits = {50, 100, 200},
     .greetings = {{reset()}, {reset()}, {reset()}}},
    {.name = "row 7: a put whose reply is always lost",
     .call = Call::put,
     .replies = {{reset()}},
     .error = ErrorCode::unavailable,
     .attempts = 4,
     .requests = 4,
     .waits = {50, 100, 200},
     .may_have_happened = true},
    {.name = "row 8: closed without a reply",
     .replies = {{close()}},
     .error = ErrorCode::unavailable,
     .attempts = 4,
     .requests = 4,
     .says = "closed the connection without a reply",
     .waits = {50, 100, 200}},
    {.name = "row 11: reset in the middle of a body",
     .call = Call::download,
     .replies = {cut(4, reset()), rest_from(4)},
     .requests = 2},
    {.name = "row 12: a short body, then the rest",
     .call = Call::download,
     .replies = {cut(7, close()), rest_from(7)},
     .requests = 2},
    {.name = "row 12: a body that is always short",
     .call = Call::download,
     .replies = {cut(4, close()), {send(rest_from(4).substr(0, rest_from(4).size() - 6)), close()}},
     .error = ErrorCode::unavailable,
     .attempts = 5,
     .requests = 5,
     .says = "was cut short",
     .waits = {50, 100, 200}},
};

const std::vector<Row> kBrokenBodies = {
    {.name = "row 13: a chunked body without its last chunk",
     .call = Call::list,
     .replies = {headless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<?xml\r\n")},
     .error = ErrorCode::unavailable,
     .attempts = 4,
     .requests = 4,
     .waits = {50, 100, 200}},
    {.name = "row 14: a body longer than its length",
     .call = Call::download,
     .replies = {Script(reply(200, kData, kObjectHeaders) + "HTTP/1.1 200 OK\r\n\r\n")}},
    {.name = "row 15: a chunk size that is none",
     .call = Call::list,
     .replies = {headless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n<?xml\r\n")},
     .error = ErrorCode::unavailable,
     .attempts = 4,
     .requests = 4,
     .waits = {50, 100, 200}},
    {.name = "row 16: headers that trickle",
     .replies = {{slice("HTTP/1.1 200 OK\r\nX: " + std::string(1000, 'x'), std::chrono::milliseconds(20))}},
     .error = ErrorCode::timeout,
     .attempts = 4,
     .requests = 4,
     .waits = {50, 100, 200},
     .first_byte_ms = 100},
    {.name = "row 18: a body that stalls, then the rest",
     .call = Call::download,
     .replies = {{send(cut_at(6)), stall()}, rest_from(6)},
     .requests = 2,
     .stall_s = 1},
    {.name = "row 42: a compressed object stays as it is",
     .call = Call::download,
     .replies = {reply(200, kData, kObjectHeaders + "Content-Encoding: gzip\r\n")}},
    {.name = "row 43: a checksum that the bytes do not have, into memory",
     .replies = {reply(200, kData, kObjectHeaders + "x-amz-checksum-crc32c: AAAAAA==\r\n")},
     .error = ErrorCode::data_loss,
     .attempts = 2,
     .requests = 2,
     .as_aws = true},
    {.name = "row 43: a checksum that the bytes do not have, into a file",
     .call = Call::download,
     .replies = {reply(200, kData, kObjectHeaders + "x-amz-checksum-crc32c: AAAAAA==\r\n")},
     .error = ErrorCode::data_loss,
     .attempts = 2,
     .requests = 2,
     .as_aws = true},
    {.name = "row 43: bytes that arrived wrong at the service",
     .call = Call::put,
     .replies = {error_reply(400, "BadDigest"), reply(200, "", kEtag)},
     .requests = 2,
     .waits = {50},
     .as_aws = true},
    {.name = "row 45: an object replaced in the middle of a read",
     .call = Call::download,
     .replies = {cut(4, reset()), error_reply(412, "PreconditionFailed")},
     .error = ErrorCode::precondition_failed,
     .attempts = 2,
     .requests = 2,
     .says = "the object changed while it was read"},
    {.name = "row 45: replaced, at a server that ignores If-Match",
     .call = Call::download,
     .replies = {cut(4, reset()), reply(206, "456789",
                                        "ETag: \"e2\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                                        "Content-Range: bytes 4-9/10\r\n")},
     .error = ErrorCode::precondition_failed,
     .attempts = 2,
     .requests = 2,
     .says = "the object changed while it was read"},
    {.name = "row 46: other bytes than those asked for",
     .call = Call::download,
     .replies = {cut(4, reset()), rest_from(5)},
     .error = ErrorCode::unknown,
     .attempts = 2,
     .requests = 2},
    {.name = "row 46: a reply without its ETag",
     .call = Call::download,
     .replies = {reply(200, kData)},
     .error = ErrorCode::unknown,
     .attempts = 1,
     .requests = 1},
};

const std::vector<Row> kBusyServices = {
    {.name = "row 26: down for two attempts",
     .call = Call::download,
     .replies = {kDown, kDown, whole_object()},
     .requests = 3,
     .waits = {50, 100}},
    {.name = "row 27: down for good",
     .call = Call::download,
     .replies = {kDown},
     .error = ErrorCode::unavailable,
     .attempts = 4,
     .requests = 4,
     .says = "InternalError (500) after 4 attempts, 127.0.0.1",
     .waits = {50, 100, 200}},
    {.name = "row 28: asked to slow down",
     .replies = {kSlowDown},
     .error = ErrorCode::throttled,
     .attempts = 4,
     .requests = 4,
     .says = "SlowDown (503)",
     .waits = {1000, 2000, 4000}},
    {.name = "row 29: told when to come again", .replies = {busy("2"), whole_object()}, .requests = 2, .waits = {2000}},
    {.name = "row 30: told nonsense, or to wait for ever",
     .replies = {busy("-5"), busy("99999999999999999999"), busy("1.5"), whole_object()},
     .requests = 4,
     .waits = {1000, 60000, 4000}},
    {.name = "row 31: told a time that has passed",
     .replies = {busy("Fri, 31 Dec 1999 23:59:59 GMT"), whole_object()},
     .requests = 2,
     .waits = {1000}},
    {.name = "row 33: 200 and an error inside, of a copy",
     .call = Call::copy,
     .replies = {reply(200, "", kObjectHeaders), error_reply(200, "InternalError")},
     .error = ErrorCode::unavailable,
     .attempts = 4,
     .requests = 5,
     .waits = {50, 100, 200},
     .may_have_happened = true},
    {.name = "row 33: 200 and an error inside, of many removals",
     .call = Call::remove_many,
     .replies = {error_reply(200, "InternalError")},
     .error = ErrorCode::unavailable,
     .attempts = 4,
     .requests = 4,
     .waits = {50, 100, 200},
     .may_have_happened = true},
    {.name = "row 34: 200 and nothing inside, of a copy",
     .call = Call::copy,
     .replies = {reply(200, "", kObjectHeaders), reply(200, " \n")},
     .error = ErrorCode::unavailable,
     .attempts = 4,
     .requests = 5,
     .waits = {50, 100, 200},
     .may_have_happened = true},
    {.name = "row 40: an endless page about an error",
     .replies = {error_reply(404, "NoSuchKey", "X: y\r\n") + std::string(1 << 20, ' ')},
     .error = ErrorCode::not_found},
};

const std::vector<Row> kOddReplies = {
    {.name = "row 36: garbage instead of a list",
     .call = Call::list,
     .replies = {reply(200, "\x01garbage")},
     .error = ErrorCode::unknown,
     .attempts = 2,
     .requests = 2,
     .waits = {50}},
    {.name = "row 37: a list 200,000 deep",
     .call = Call::list,
     .replies = {listing(repeat("<a>", 200'000))},
     .error = ErrorCode::unknown,
     .says = "nested deeper than 64"},
    {.name = "row 38: a list with an entity to expand",
     .call = Call::list,
     .replies = {reply(200, kXml + "<!DOCTYPE l [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><l>&e;</l>")},
     .error = ErrorCode::unknown,
     .attempts = 2,
     .requests = 2,
     .waits = {50}},
    {.name = "row 39: a header of 400 KB",
     .replies = {reply(200, kData, kObjectHeaders + "X: " + std::string(400'000, 'x') + "\r\n")},
     .error = ErrorCode::unknown},
    {.name = "row 47: a redirect that goes round",
     .replies = {reply(302, "", "Location: /bucket/k\r\n")},
     .error = ErrorCode::unknown},
    {.name = "row 50: a bucket in another region",
     .replies = {error_reply(400, "AuthorizationHeaderMalformed", "x-amz-bucket-region: eu-west-1\r\n"),
                 whole_object()},
     .requests = 2,
     .as_aws = true},
    {.name = "row 53: refused before the body was sent",
     .call = Call::put,
     .replies = {early({send(error_reply(403, "AccessDenied")), close()})},
     .error = ErrorCode::permission_denied},
    {.name = "row 55: two lengths",
     .replies = {headless("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Length: 5\r\n" + kObjectHeaders + "\r\n" +
                          kData)},
     .error = ErrorCode::unknown},
    {.name = "row 56: a body that only the connection's end ends",
     .call = Call::download,
     .replies = {headless("HTTP/1.0 200 OK\r\n" + kObjectHeaders + "\r\n" + kData)},
     .error = ErrorCode::unavailable,
     .attempts = 4,
     .requests = 4,
     .says = "does not say how long it is",
     .waits = {50, 100, 200}},
    {.name = "row 57: a NUL in a header",
     .replies = {reply(200, kData, kObjectHeaders + std::string("X: a\0b\r\n", 8))},
     .error = ErrorCode::unknown},
    {.name = "row 59: a clock that stays wrong",
     .replies = {error_reply(403, "RequestTimeTooSkewed", "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n")},
     .error = ErrorCode::unauthenticated,
     .attempts = 2,
     .requests = 2},
    {.name = "row 58: a clock that is wrong",
     .replies = {error_reply(403, "RequestTimeTooSkewed", "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), whole_object()},
     .requests = 2},
    {.name = "row 61: credentials that have expired",
     .replies = {error_reply(400, "ExpiredToken")},
     .error = ErrorCode::unauthenticated,
     .attempts = 2,
     .requests = 2},
    {.name = "row 63: a status that nobody knows",
     .replies = {reply(599, "")},
     .error = ErrorCode::unknown,
     .attempts = 4,
     .requests = 4,
     .waits = {50, 100, 200}},
    {.name = "row 76: a list that goes round in a circle",
     .call = Call::list,
     .replies = {listing("<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>")},
     .error = ErrorCode::unknown,
     .requests = 2},
};

}  // namespace

TEST_CASE("the catalogue: connections that are lost") {
  for (const Row& row : kLostConnections) {
    SUBCASE(row.name.c_str()) { run_row(row); }
  }
}

TEST_CASE("the catalogue: bodies that are broken") {
  for (const Row& row : kBrokenBodies) {
    SUBCASE(row.name.c_str()) { run_row(row); }
  }
}

TEST_CASE("the catalogue: services that are busy or down") {
  for (const Row& row : kBusyServices) {
    SUBCASE(row.name.c_str()) { run_row(row); }
  }
}

TEST_CASE("the catalogue: replies that are odd") {
  for (const Row& row : kOddReplies) {
    SUBCASE(row.name.c_str()) { run_row(row); }
  }
}
