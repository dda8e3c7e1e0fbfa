#include "http/response_reader.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace cloudkit;
using http::Method;
using http::ResponseReader;

namespace {

// Feeds the head as libcurl does: line by line, each with its end.
Status read_all(ResponseReader& reader, std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = std::min(text.find('\n'), text.size() - 1) + 1;
    if (auto status = reader.read_line(text.substr(0, size)); !status) return status;
    text.remove_prefix(size);
  }
  return {};
}

std::string refusal(std::string_view text) {
  ResponseReader reader(Method::get);
  const auto status = read_all(reader, text);
  if (status) return "accepted";
  CHECK(status.error().code == ErrorCode::unknown);
  CHECK_FALSE(status.error().retryable);
  return status.error().message;
}

}  // namespace

TEST_CASE("a plain head is read into status and headers") {
  ResponseReader reader(Method::get);
  REQUIRE(read_all(reader, "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nX-Empty:\r\nContent-Length:  5 \r\n\r\n"));
  CHECK(reader.head_complete());
  CHECK(reader.successful());
  CHECK(reader.response().status == 200);
  CHECK(reader.response().headers.get("etag") == "\"a\"");
  CHECK(reader.response().headers.contains("x-empty"));
  CHECK(reader.expected_body() == 5);
}

TEST_CASE("a status line needs no reason, and HTTP/1.0 is understood") {
  for (const char* line : {"HTTP/1.1 204\r\n", "HTTP/1.1 204 \r\n", "HTTP/1.0 204 No Content\r\n", "HTTP/1.1 204\n"}) {
    ResponseReader reader(Method::get);
    CHECK(reader.read_line(line));
    CHECK(reader.response().status == 204);
  }
}

TEST_CASE("a status line that is none is refused") {
  for (const char* line : {"HTTP/1.1 999 x\r\n", "HTTP/1.1 600\r\n", "HTTP/1.1 000\r\n", "HTTP/1.1 099\r\n",
                           "HTTP/1.1 20\r\n", "HTTP/1.1 2000\r\n", "HTTP/1.1 +20\r\n", "HTTP/1.1  200\r\n",
                           "HTTP/2 200\r\n", "HTTP/1.2 200\r\n", "ICY 200 OK\r\n", "\r\n", "http/1.1 200\r\n"}) {
    CAPTURE(line);
    CHECK(refusal(line).starts_with("malformed reply: status line \""));
  }
  CHECK(refusal("HTTP/1.1 599 x\r\n\r\n") == "accepted");
}

TEST_CASE("an unasked change of protocol is refused") {
  CHECK(refusal("HTTP/1.1 101 Switching\r\n\r\n") ==
        "malformed reply: 101, a change of protocol that nobody asked for");
}

TEST_CASE("lengths that two readers could read differently are refused") {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  for (const char* value :
       {"+10", "-1", "10, 10", "0x10", "", "1 0", "9223372036854775808", "18446744073709551616", "1e3"}) {
    CAPTURE(value);
    CHECK(refusal(ok + "Content-Length: " + value + "\r\n\r\n").starts_with("malformed reply: content-length \""));
  }
  CHECK(refusal(ok + "Content-Length: 9223372036854775807\r\n\r\n") == "accepted");
  CHECK(refusal(ok + "Content-Length: 5\r\ncontent-length: 6\r\n\r\n") == "malformed reply: two content-lengths");
  CHECK(refusal(ok + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n") == "malformed reply: two content-lengths");
  CHECK(refusal(ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n") ==
        "malformed reply: content-length together with transfer-encoding");
  CHECK(refusal(ok + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n") ==
        "malformed reply: content-length together with transfer-encoding");
}

TEST_CASE("only chunked is a transfer coding") {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  CHECK(refusal(ok + "Transfer-Encoding: gzip, chunked\r\n\r\n") ==
        "malformed reply: transfer coding \"gzip, chunked\"");
  CHECK(refusal(ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n")
            .starts_with("malformed reply: transfer coding"));
  CHECK(refusal(ok + "Transfer-Encoding: Chunked\r\n\r\n") == "accepted");
}

TEST_CASE("header lines that hide something are refused") {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  CHECK(refusal(ok + "A: b\r\n folded\r\n\r\n") == "malformed reply: a header folded over two lines");
  CHECK(refusal(ok + "A: b\r\n\tfolded\r\n\r\n") == "malformed reply: a header folded over two lines");
  CHECK(refusal(ok + "A: b\rc\r\n\r\n") == "malformed reply: control characters in header A");
  CHECK(refusal(ok + "A: b\r\r\n\r\n") == "malformed reply: control characters in header A");
  CHECK(refusal(ok + std::string("A: b\0c\r\n\r\n", 10)) == "malformed reply: control characters in header A");
  CHECK(refusal(ok + "A: \x7F\r\n\r\n") == "malformed reply: control characters in header A");
  CHECK(refusal(ok + "A : b\r\n\r\n") == "malformed reply: header line \"A : b\"");
  CHECK(refusal(ok + ": b\r\n\r\n") == "malformed reply: header line \": b\"");
  CHECK(refusal(ok + "no colon\r\n\r\n") == "malformed reply: header line \"no colon\"");
  CHECK(refusal(ok + "A: tab\tand \xC3\xA9\r\n\r\n") == "accepted");
}

TEST_CASE("interim replies are passed over, up to a limit") {
  std::string interim;
  for (int i = 0; i < ResponseReader::kMaxInterimReplies; ++i)
    interim += "HTTP/1.1 103 Hints\r\nContent-Length: 9\r\n\r\n";
  ResponseReader reader(Method::get);
  REQUIRE(read_all(reader, interim));
  CHECK_FALSE(reader.head_complete());
  REQUIRE(read_all(reader, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
  CHECK(reader.expected_body() == 5);
  CHECK(reader.response().headers.size() == 1);
  CHECK(refusal(interim + "HTTP/1.1 100\r\n") == "malformed reply: more than 16 interim replies");
}

TEST_CASE("a head has at most 2000 lines and 300000 bytes") {
  std::string lines = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 1998; ++i) lines += "A: b\r\n";
  CHECK(refusal(lines + "\r\n") == "accepted");
  CHECK(refusal(lines + "A: b\r\n\r\n") == "malformed reply: more than 2000 lines of headers");
  CHECK(refusal("HTTP/1.1 200 OK\r\nA: " + std::string(300'000, 'x') + "\r\n") ==
        "malformed reply: more than 300000 bytes of headers");
}

TEST_CASE("trailers are counted but not believed") {
  ResponseReader reader(Method::get);
  REQUIRE(read_all(reader, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
  REQUIRE(read_all(reader, "ETag: \"late\"\r\nContent-Length: 7\r\n"));
  CHECK_FALSE(reader.response().headers.contains("etag"));
  CHECK_FALSE(reader.expected_body());
}

TEST_CASE("HEAD, 204 and 304 have no body, whatever length they name") {
  for (const auto& [method, line] :
       {std::pair(Method::head, "HTTP/1.1 200 OK\r\n"), std::pair(Method::get, "HTTP/1.1 204 None\r\n"),
        std::pair(Method::get, "HTTP/1.1 304 Same\r\n")}) {
    ResponseReader reader(method);
    REQUIRE(read_all(reader, std::string(line) + "Content-Length: 12\r\n\r\n"));
    CHECK(reader.bodiless());
    CHECK(reader.expected_body() == 0);
    CHECK(reader.finish());
  }
}

TEST_CASE("a body must be as long as was said") {
  ResponseReader reader(Method::get);
  REQUIRE(read_all(reader, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
  reader.count_body(4);
  auto status = reader.finish();
  REQUIRE_FALSE(status);
  CHECK(status.error().code == ErrorCode::unavailable);
  CHECK(status.error().retryable);
  CHECK(status.error().message == "the reply ended after 4 of 5 bytes");
  reader.count_body(1);
  CHECK(reader.finish());
}

TEST_CASE("a head that ends early is an error, not a panic") {
  ResponseReader reader(Method::get);
  REQUIRE(read_all(reader, "HTTP/1.1 200 OK\r\nA: b\r\n"));
  auto status = reader.finish();
  REQUIRE_FALSE(status);
  CHECK(status.error().message == "the connection ended before the reply's head was whole");
}

TEST_CASE("a body that only the connection's end ends is known as such") {
  ResponseReader reader(Method::get);
  REQUIRE(read_all(reader, "HTTP/1.0 200 OK\r\n\r\n"));
  CHECK(reader.ends_with_connection());
}
