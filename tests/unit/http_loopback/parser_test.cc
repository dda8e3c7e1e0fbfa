#include "http/loopback/parser.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace cloudkit;
using namespace cloudkit::http::loopback;

namespace {

// A parser must understand the same whatever the pieces.
template <class Parser>
Result<std::size_t> feed_in_pieces(Parser& parser, std::string_view bytes, std::size_t piece) {
  std::size_t taken = 0;
  while (taken < bytes.size() && !parser.done()) {
    const auto step = parser.feed(bytes.substr(taken, piece));
    if (!step) return step;
    taken += *step;
  }
  return taken;
}

Request read_request(std::string_view bytes) {
  Request request;
  for (const std::size_t piece : {bytes.size(), std::size_t{1}, std::size_t{7}}) {
    RequestParser parser;
    const auto taken = feed_in_pieces(parser, bytes, piece);
    REQUIRE_MESSAGE(taken, taken.error());
    CHECK(parser.done());
    CHECK(*taken == bytes.size());
    request = parser.take();
  }
  return request;
}

struct Refusal {
  int status;
  std::string why;
};

Refusal refused(std::string_view bytes, const Limits& limits = {}) {
  for (const std::size_t piece : {std::size_t{1}, bytes.size()}) {
    RequestParser parser(limits);
    const auto taken = feed_in_pieces(parser, bytes, piece);
    if (taken) return {0, parser.done() ? "accepted" : "incomplete"};
    CHECK(taken.error().code == ErrorCode::invalid_argument);
    if (piece != 1) return {taken.error().http_status, taken.error().message};
  }
  return {};
}

Response read_response(std::string_view bytes, std::string_view method = "GET") {
  Response response;
  for (const std::size_t piece : {bytes.size(), std::size_t{1}}) {
    ResponseParser parser(method);
    const auto taken = feed_in_pieces(parser, bytes, piece);
    REQUIRE_MESSAGE(taken, taken.error());
    REQUIRE(parser.end_of_stream());
    response = parser.take();
  }
  return response;
}

std::string refused_response(std::string_view bytes, std::string_view method = "GET") {
  ResponseParser parser(method);
  if (const auto taken = parser.feed(bytes); !taken) return taken.error().message;
  if (const auto end = parser.end_of_stream(); !end) return end.error().message;
  return "accepted";
}

}  // namespace

TEST_CASE("a request is read whatever pieces it comes in") {
  const Request request =
      read_request("POST /a%20b?x=1 HTTP/1.1\r\nHost: h:1\r\nX-Two:  a b \t\r\nContent-Length: 5\r\n\r\nhello");
  CHECK(request.method == "POST");
  CHECK(request.target == "/a%20b?x=1");
  CHECK(request.headers.get("host") == "h:1");
  CHECK(request.headers.get("X-TWO") == "a b");
  CHECK(request.body == "hello");
  CHECK_FALSE(request.chunked);
}

TEST_CASE("a chunked body is put together, with its trailers apart") {
  const Request request = read_request(
      "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
      "5\r\nhello\r\n00B;name=\"v\"\r\n, the rest!\r\n0\r\nX-Sum: 1\r\nHost: other\r\n\r\n");
  CHECK(request.body == "hello, the rest!");
  CHECK(request.chunked);
  CHECK(request.trailers.get("x-sum") == "1");
  CHECK(request.headers.get("Host") == "h");
}

TEST_CASE("what has no body ends with its head") {
  CHECK(read_request("GET / HTTP/1.1\r\nHost: h\r\n\r\n").body.empty());
  CHECK(read_request("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n").body.empty());
  CHECK(read_request("OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n").target == "*");
  CHECK(read_request("GET / HTTP/1.0\r\n\r\n").headers.size() == 0);
  CHECK(read_request("\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n").method == "GET");
}

TEST_CASE("header values may have bytes above ASCII, as the standard has it") {
  CHECK(read_request("GET / HTTP/1.1\r\nHost: h\r\nName: Zo\xC3\xAB\r\n\r\n").headers.get("name") == "Zo\xC3\xAB");
}

TEST_CASE("a URL for a target is cut to its path, and its host counts") {
  const Request request = read_request("GET http://a.example:8080/p?q HTTP/1.1\r\nHost: b\r\n\r\n");
  CHECK(request.target == "/p?q");
  CHECK(request.headers.get("Host") == "a.example:8080");
  CHECK(read_request("GET HTTP://a HTTP/1.1\r\nHost: a\r\n\r\n").target == "/");
  CHECK(read_request("GET https://a?q=/ HTTP/1.1\r\nHost: a\r\n\r\n").target == "/?q=/");
}

TEST_CASE("a message takes no byte of the next one") {
  const std::string first = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab";
  RequestParser parser;
  const auto taken = parser.feed(first + "GET / HTTP/1.1\r\n");
  REQUIRE(taken);
  CHECK(*taken == first.size());
  CHECK(parser.done());
}

TEST_CASE("whether the connection is kept depends on version and Connection") {
  const auto keeps = [](const std::string& version, const std::string& header) {
    RequestParser parser;
    REQUIRE(parser.feed("GET / HTTP/" + version + "\r\nHost: h\r\n" + header + "\r\n"));
    REQUIRE(parser.done());
    return parser.keep_alive();
  };
  CHECK(keeps("1.1", ""));
  CHECK_FALSE(keeps("1.1", "Connection: Close\r\n"));
  CHECK_FALSE(keeps("1.1", "Connection: x\r\nConnection: a , close\r\n"));
  CHECK(keeps("1.1", "Connection: closed\r\n"));
  CHECK_FALSE(keeps("1.0", ""));
  CHECK(keeps("1.0", "Connection: Keep-Alive\r\n"));
  CHECK_FALSE(keeps("1.0", "Connection: keep-alive, close\r\n"));
}

TEST_CASE("a client that waits for 100 is known before its body") {
  RequestParser parser;
  REQUIRE(parser.feed("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n"));
  CHECK(parser.head_done());
  CHECK_FALSE(parser.done());
  CHECK(parser.expects_continue());
}

TEST_CASE("requests that two programs could understand differently are refused") {
  struct Case {
    std::string bytes;
    int status;
    std::string why;
  };
  for (const Case& c : std::vector<Case>{
           // Two lengths.
           {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
            "both Content-Length and Transfer-Encoding"},
           {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400,
            "both Content-Length and Transfer-Encoding"},
           {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400,
            "Content-Length twice"},
           {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", 400,
            "Content-Length twice"},
           {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5, 5\r\n\r\n", 400, "Content-Length is not a number"},
           {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\n", 400, "Content-Length is not a number"},
           {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -5\r\n\r\n", 400, "Content-Length is not a number"},
           {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x5\r\n\r\n", 400, "Content-Length is not a number"},
           {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5 5\r\n\r\n", 400, "Content-Length is not a number"},
           {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n", 400, "Content-Length is not a number"},
           {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551616\r\n\r\n", 400,
            "Content-Length is not a number"},
           // Codings.
           {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501,
            "a transfer coding other than chunked"},
           {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", 501,
            "a transfer coding other than chunked"},
           {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n", 501,
            "a transfer coding other than chunked"},
           {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", 400,
            "Transfer-Encoding twice"},
           {"POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "Transfer-Encoding in HTTP/1.0"},
           // Lines.
           {"GET / HTTP/1.1\nHost: h\r\n\r\n", 400, "a line ends in a bare line feed"},
           {"GET / HTTP/1.1\r\nHost: h\n\r\n", 400, "a line ends in a bare line feed"},
           {"GET / HTTP/1.1\r\nHost: h\r\n\n", 400, "a line ends in a bare line feed"},
           {"GET / HTTP/1.1\r\nHost: h\r\nA: b\rC: d\r\n\r\n", 400, "control characters in the head"},
           {"GET / HTTP/1.1\r\nHost: h\r\nA: b\r\r\n\r\n", 400, "control characters in the head"},
           {"GET / HTTP/1.1\r\nHost: h\r\nA: b\x01\r\n\r\n", 400, "control characters in the head"},
           {"GET / HTTP/1.1\r\nHost: h\r\nA: b\x7F\r\n\r\n", 400, "control characters in the head"},
           {"GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n", 400, "a header goes on in a second line"},
           {"GET / HTTP/1.1\r\nHost: h\r\n\tc: d\r\n\r\n", 400, "a header goes on in a second line"},
           {"GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400, "a header goes on in a second line"},
           // Names.
           {"GET / HTTP/1.1\r\nHost: h\r\nContent-Length : 5\r\n\r\n", 400, "a header without a name"},
           {"GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n", 400, "a header without a name"},
           {"GET / HTTP/1.1\r\nHost: h\r\n: value\r\n\r\n", 400, "a header without a name"},
           {"GET / HTTP/1.1\r\nHost: h\r\nA\xC3\xA9: b\r\n\r\n", 400, "a header without a name"},
           // Hosts.
           {"GET / HTTP/1.1\r\n\r\n", 400, "no Host"},
           {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "Host twice"},
           {"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400, "Host is not a host"},
           {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "Host is not a host"},
           {"GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, "Host is not a host"},
           {"GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n", 400, "a URL without a host"},
           // Start lines.
           {"\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "not a request line"},
           {"GET /\r\nHost: h\r\n\r\n", 400, "not a request line"},
           {"GET\r\n\r\n", 400, "not a request line"},
           {"GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "not a request line"},
           {"GET /  HTTP/1.1\r\nHost: h\r\n\r\n", 400, "not a request line"},
           {"GET / HTTP/1.1 \r\nHost: h\r\n\r\n", 400, "not HTTP"},
           {" GET / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "not a request line"},
           {"GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", 400, "not a request line"},
           {"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400, "not a request line"},
           {"GET /\xC3\xA9 HTTP/1.1\r\nHost: h\r\n\r\n", 400, "not a request line"},
           {"GET /#a HTTP/1.1\r\nHost: h\r\n\r\n", 400, "not a request line"},
           {"G(T / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "not a request line"},
           {"GET a HTTP/1.1\r\nHost: h\r\n\r\n", 400, "a target that is neither a path nor a URL"},
           {"GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400, "a target that is neither a path nor a URL"},
           {"GET ftp://a/ HTTP/1.1\r\nHost: h\r\n\r\n", 400, "a target that is neither a path nor a URL"},
           {"CONNECT a:1 HTTP/1.1\r\nHost: h\r\n\r\n", 501, "this is not a proxy"},
           {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505, "not HTTP/1"},
           {"GET / HTTP/0.9\r\n\r\n", 505, "not HTTP/1"},
           {"GET / HTTP/11\r\nHost: h\r\n\r\n", 400, "not HTTP"},
           {"GET / http/1.1\r\nHost: h\r\n\r\n", 400, "not HTTP"},
           {"PRI * HTTP/2.0\r\n\r\n", 505, "not HTTP/1"},
           {"\x16\x03\x01\x02\n", 400, "a line ends in a bare line feed"},
       }) {
    CAPTURE(c.bytes);
    const Refusal refusal = refused(c.bytes);
    CHECK(refusal.status == c.status);
    CHECK(refusal.why == c.why);
  }
  using namespace std::string_literals;
  CHECK(refused("GET / HTTP/1.1\r\nA: \0\r\n\r\n"s).why == "control characters in the head");
  CHECK(refused("GET /\0 HTTP/1.1\r\n\r\n"s).why == "control characters in the head");
}

TEST_CASE("chunks with anything but a size are refused") {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char* chunk : {"\r\n", " 5\r\n", "5 \r\n", "5 ;a\r\n", "+5\r\n", "-5\r\n", "0x5\r\n", "g\r\n", ";a\r\n",
                            "5,\r\n", "00000000000000005\r\n", "1ffffffffffffffff\r\n"}) {
    CAPTURE(chunk);
    CHECK(refused(head + chunk + "hello\r\n0\r\n\r\n").why == "a chunk without a size");
  }
  CHECK(refused(head + "5\nhello\r\n0\r\n\r\n").why == "a line ends in a bare line feed");
  CHECK(refused(head + "5;a\nhello\r\n0\r\n\r\n").why == "a line ends in a bare line feed");
  CHECK(refused(head + "5\r\nhello\n0\r\n\r\n").why == "a line ends in a bare line feed");
  CHECK(refused(head + "5\r\nhello0\r\n\r\n").why == "a chunk is longer than its size says");
  CHECK(refused(head + "5\r\nhello!\r\n0\r\n\r\n").why == "a chunk is longer than its size says");
  CHECK(refused(head + "5\r\nhello\r\n0\r\nA\r\n\r\n").why == "a header without a name");
  CHECK(refused(head + "5\r\nhello\r\n0\r\n").why == "incomplete");
  CHECK(refused(head + "ffffffffffffffff\r\n").status == 413);
}

TEST_CASE("a message is bounded in every direction") {
  const Limits limits{200, 4, 10};
  const std::string start = "POST / HTTP/1.1\r\nHost: h\r\n";
  const std::string chunked = start + "Transfer-Encoding: chunked\r\n\r\n";
  CHECK(refused("GET /" + std::string(200, 'a'), limits).status == 431);
  CHECK(refused(start + "A: " + std::string(200, 'a'), limits).why == "more than 200 bytes of headers");
  CHECK(refused(start + "A: b\r\nA: b\r\nA: b\r\nA: b\r\n\r\n", limits).why == "more than 4 headers");
  CHECK(refused(start + "A: b\r\nA: b\r\nA: b\r\n\r\n", limits).why == "accepted");
  CHECK(refused(start + "Content-Length: 11\r\n\r\n", limits).why == "a body of more than 10 bytes");
  CHECK(refused(start + "Content-Length: 11\r\n\r\n", limits).status == 413);
  CHECK(refused(start + "Content-Length: 10\r\n\r\n0123456789", limits).why == "accepted");
  CHECK(refused(chunked + "5\r\nhello\r\n6\r\n", limits).status == 413);
  CHECK(refused(chunked + "a\r\n0123456789\r\n0\r\n\r\n", limits).why == "accepted");
  CHECK(refused(chunked + "0\r\nA: b\r\nA: b\r\nA: b\r\n\r\n", limits).status == 431);
  CHECK(refused(chunked + "0\r\nA: " + std::string(200, 'a'), limits).status == 431);
}

TEST_CASE("many small chunks are no crime, long extensions are") {
  const Limits limits{200, 4, 1000};
  std::string small = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::string extended = small;
  for (int i = 0; i < 500; ++i) {
    small += "1\r\nx\r\n";
    extended += "1;a\r\nx\r\n";
  }
  CHECK(refused(small + "0\r\n\r\n", limits).why == "accepted");
  CHECK(refused(extended + "0\r\n\r\n", limits).status == 431);
}

TEST_CASE("a response is read by length, by chunks, and to the end of the stream") {
  const Response sized = read_response("HTTP/1.1 201 Created\r\nA: b\r\nContent-Length: 2\r\n\r\nok");
  CHECK(sized.status == 201);
  CHECK(sized.headers.get("a") == "b");
  CHECK(sized.body == "ok");
  CHECK(read_response("HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nT: u\r\n\r\n")
            .trailers.get("T") == "u");
  CHECK(read_response("HTTP/1.0 200 OK\r\n\r\nto the end").body == "to the end");
  ResponseParser open_ended("GET");
  REQUIRE(open_ended.feed("HTTP/1.1 200 OK\r\n\r\nto the"));
  CHECK_FALSE(open_ended.done());
  CHECK_FALSE(open_ended.keep_alive());
}

TEST_CASE("replies to HEAD, and those that mean nothing to read, have no body") {
  CHECK(read_response("HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n", "HEAD").headers.get("Content-Length") ==
        "9999999999");
  CHECK(read_response("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n").body.empty());
  CHECK(read_response("HTTP/1.1 204 No Content\r\n\r\n").status == 204);
  CHECK(read_response("HTTP/1.1 100 Continue\r\n\r\n").status == 100);
  ResponseParser announces("GET");
  REQUIRE(announces.feed("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"));
  CHECK(announces.done());
  CHECK_FALSE(announces.keep_alive());
}

TEST_CASE("what is no response says so") {
  for (const auto& given : std::vector<std::pair<std::string, std::string>>{
           {"SSH-2.0-OpenSSH_9.2\r\n", "malformed reply: not HTTP"},
           {"\r\n", "malformed reply: not HTTP"},
           {"HTTP/1.1 20 OK\r\n", "malformed reply: not a status line"},
           {"HTTP/1.1 2000\r\n", "malformed reply: not a status line"},
           {"HTTP/1.1  200\r\n", "malformed reply: not a status line"},
           {"HTTP/1.1 099 No\r\n", "malformed reply: not a status line"},
           {"HTTP/1.1 600 No\r\n", "malformed reply: not a status line"},
           {"HTTP/1.1\r\n", "malformed reply: not a status line"},
           {"HTTP/2.0 200 OK\r\n", "malformed reply: not HTTP/1"},
           {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "malformed reply: both Content-Length and Transfer-Encoding"},
           {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "malformed reply: Content-Length twice"},
           {"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "malformed reply: a header goes on in a second line"},
           {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", "the reply was cut short"},
           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", "the reply was cut short"},
           {"HTTP/1.1 200 O", "the reply was cut short"},
           {"", "the connection was closed without a reply"},
       }) {
    CAPTURE(given.first);
    CHECK(refused_response(given.first) == given.second);
  }
  ResponseParser small("GET", Limits{1000, 10, 4});
  const auto taken = small.feed("HTTP/1.1 200 OK\r\n\r\n12345");
  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == ErrorCode::unknown);
  CHECK(taken.error().http_status == 0);
  CHECK(taken.error().message == "malformed reply: a body of more than 4 bytes");
}
