#include "http/loopback/serialize.h"
#include "http/loopback/parser.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::http::loopback;

namespace {

std::string text(const Result<Wire>& wire) {
  return wire ? wire->head + std::string(wire->body) + wire->tail : wire.error().message;
}

std::string written(const Request& request) { return text(serialize(request, "h")); }
std::string written(const Response& response, const ReplyFraming& framing = {}) {
  return text(serialize(response, framing));
}

Response dated(int status, std::string body = {}) {
  Response response;
  response.status = status;
  response.headers.add("Date", "today");
  response.body = std::move(body);
  return response;
}

}  // namespace

TEST_CASE("a request says where it goes and how long it is") {
  CHECK(written(Request{"GET", "/a?b"}) == "GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(written(Request{"POST", "/"}) == "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  Request request{"PUT", "/", {}, "abc"};
  request.headers.add("host", "other");
  CHECK(written(request) == "PUT / HTTP/1.1\r\nhost: other\r\nContent-Length: 3\r\n\r\nabc");
}

TEST_CASE("a body may go out in chunks, with trailers behind it") {
  Request request{"POST", "/", {}, std::string(26, 'x'), true};
  request.trailers.add("T", "u");
  CHECK(written(request) == "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1a\r\n" +
                                std::string(26, 'x') + "\r\n0\r\nT: u\r\n\r\n");
  request.body.clear();
  CHECK(written(request).ends_with("\r\n\r\n0\r\nT: u\r\n\r\n"));
  request.chunked = false;
  CHECK(written(request) == "trailers need a chunked body");
}

TEST_CASE("a response fits what was asked") {
  CHECK(written(dated(200, "ok")) == "HTTP/1.1 200 OK\r\nDate: today\r\nContent-Length: 2\r\n\r\nok");
  CHECK(written(dated(200, "ok"), {.to_head = true}) == "HTTP/1.1 200 OK\r\nDate: today\r\nContent-Length: 2\r\n\r\n");
  CHECK(written(dated(299), {.keep_alive = false}) ==
        "HTTP/1.1 299 \r\nDate: today\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  CHECK(written(dated(204, "lost")) == "HTTP/1.1 204 No Content\r\nDate: today\r\n\r\n");
  CHECK(written(dated(304, "lost")) == "HTTP/1.1 304 Not Modified\r\nDate: today\r\n\r\n");
}

TEST_CASE("HTTP/1.0 gets no chunks, and is told that it may go on") {
  Response response = dated(200, "ok");
  response.chunked = true;
  response.trailers.add("T", "u");
  CHECK(written(response, {.minor_version = 0}) ==
        "HTTP/1.1 200 OK\r\nDate: today\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok");
  CHECK(written(response) ==
        "HTTP/1.1 200 OK\r\nDate: today\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nT: u\r\n\r\n");
  CHECK(written(response, {.to_head = true}).ends_with("Transfer-Encoding: chunked\r\n\r\n"));
}

TEST_CASE("a response has a date") { CHECK(written(Response{}).find("\r\nDate: ") != std::string::npos); }

TEST_CASE("nothing that would be another message goes out") {
  const auto with = [](const char* name, const char* value) {
    Request request;
    request.headers.add(name, value);
    return written(request);
  };
  CHECK(with("A", "b\r\nC: d") == "the value of header A has control characters");
  CHECK(with("A", "b\nC: d") == "the value of header A has control characters");
  CHECK(with("A\r\nB", "c") == "\"A??B\" cannot be a header's name");
  CHECK(with("A ", "c") == "\"A \" cannot be a header's name");
  CHECK(with("", "c") == "\"\" cannot be a header's name");
  for (const char* name : {"content-length", "Transfer-Encoding", "trailer", "CONNECTION"}) {
    CHECK(with(name, "1") == std::string("the header ") + name + " is set by the connection");
  }
  CHECK(written(Request{"GET /", "/"}) == "\"GET /\" is not a method");
  CHECK(written(Request{"CONNECT", "/"}) == "\"CONNECT\" is not a method");
  for (const char* target : {"", "a", "*", "/ HTTP/1.1\r\nA: b", "/a b", "/\xC3\xA9", "/#f"}) {
    CAPTURE(target);
    CHECK(written(Request{"GET", target}) == "a target is an encoded path that begins with /");
  }
  for (const int status : {0, 99, 100, 199, 600, -1}) {
    CHECK(written(dated(status)) == std::to_string(status) + " is not the status of a reply");
  }
  Response response = dated(200);
  response.chunked = true;
  response.trailers.add("T", "a\r\nb");
  CHECK(written(response) == "the value of header T has control characters");
}

TEST_CASE("what is written is what is read") {
  Request request{"PATCH", "/x%2F?y", {}, std::string("a\0\r\n\xFF", 5)};
  request.headers.add("X", "a\tb");
  for (const bool chunked : {false, true}) {
    request.chunked = chunked;
    RequestParser parser;
    REQUIRE(parser.feed(written(request)));
    REQUIRE(parser.done());
    const Request again = parser.take();
    CHECK(again.method == request.method);
    CHECK(again.target == request.target);
    CHECK(again.headers.get("X") == "a\tb");
    CHECK(again.body == request.body);
    CHECK(again.chunked == chunked);
  }
}
