#include "faults/scripted_server.h"
#include "support.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace cloudkit;
using namespace http_curl;
using faults::reply;
using faults::ScriptedServer;
using http::Method;

namespace {

// What a request without headers of its own looks like.
std::string bare_request(const std::string& method, const std::string& target, const ScriptedServer& server) {
  return method + " " + target + " HTTP/1.1\r\nHost: " + server.host() + "\r\n\r\n";
}

}  // namespace

TEST_CASE("a GET sends exactly its line, its host and its headers") {
  ScriptedServer server;
  server.then(reply(200, "hello", "ETag: \"a\"\r\n"));
  const auto transport = http::make_curl_transport(test_options());
  auto request = request_to(server.host());
  request.headers.add("x-b", "2");
  request.headers.add("X-A", "one two");
  request.headers.add("x-empty", "");
  const auto exchange = transport->send(request, nullptr, {});
  REQUIRE(exchange.status);
  CHECK(exchange.response.status == 200);
  CHECK(exchange.response.body == "hello");
  CHECK(exchange.response.headers.get("etag") == "\"a\"");
  CHECK(exchange.request_sent);
  CHECK(exchange.reply_started);
  CHECK_FALSE(exchange.body_delivered);
  CHECK_FALSE(exchange.connection_reused);
  CHECK(server.requests() == std::vector<std::string>{"GET /b/k HTTP/1.1\r\nHost: " + server.host() +
                                                      "\r\nx-b: 2\r\nX-A: one two\r\nx-empty:\r\n\r\n"});
}

TEST_CASE("paths and queries reach the server as they are encoded, untouched by libcurl") {
  ScriptedServer server;
  server.always(reply(200));
  const auto transport = http::make_curl_transport(test_options());
  for (const auto& [path, target] : {
           std::pair("/b/a/../x//y", "/b/a/../x//y"),
           std::pair("/b/./..", "/b/./.."),
           std::pair("//b", "//b"),
           std::pair("/b/a%2Fb", "/b/a%252Fb"),
           std::pair("/b/a+b c", "/b/a%2Bb%20c"),
           std::pair("/b/?#&=", "/b/%3F%23%26%3D"),
           std::pair("/b/\xC3\xBC\r\n\"", "/b/%C3%BC%0D%0A%22"),
           std::pair("/b/~{[]}|", "/b/~%7B%5B%5D%7D%7C"),
           std::pair("/", "/"),
       }) {
    REQUIRE(transport->send(request_to(server.host(), Method::get, path), nullptr, {}).status);
    CHECK(server.requests().back() == bare_request("GET", target, server));
  }
  auto request = request_to(server.host());
  request.query = {{"list-type", "2"}, {"prefix", "a/b +"}, {"delimiter", ""}};
  REQUIRE(transport->send(request, nullptr, {}).status);
  CHECK(server.requests().back() == bare_request("GET", "/b/k?list-type=2&prefix=a%2Fb%20%2B&delimiter=", server));
}

TEST_CASE("trap 26: a PUT of any size arrives whole, with its length and without Expect") {
  ScriptedServer server;
  server.always(reply(200));
  const auto transport = http::make_curl_transport(test_options());
  for (const std::size_t size : {0UL, 1UL, 65535UL, 65536UL, 65537UL, 5UL << 20}) {
    CAPTURE(size);
    const std::string data = pattern(size);
    const TestSource source(data);
    for (const bool from_source : {false, true}) {
      CAPTURE(from_source);
      auto request = request_to(server.host(), Method::put);
      if (from_source) {
        request.source = &source;
      } else {
        request.body = data;
      }
      const auto exchange = transport->send(request, nullptr, {});
      REQUIRE(exchange.status);
      const std::string raw = server.requests().back();
      CHECK(raw.substr(0, raw.find("\r\n\r\n") + 4) ==
            "PUT /b/k HTTP/1.1\r\nHost: " + server.host() + "\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n");
      CHECK((body_of(raw) == data));
    }
  }
}

TEST_CASE("each method is itself on a handle that served another") {
  ScriptedServer server;
  server.always(reply(200));
  const auto transport = http::make_curl_transport(test_options());
  const std::string large = pattern(100'000);
  const TestSource source(large);
  const std::vector<Method> methods = {Method::put, Method::post, Method::get, Method::head, Method::remove};
  const std::vector<std::string> names = {"PUT", "POST", "GET", "HEAD", "DELETE"};
  // Every ordered pair, with and without a large body before.
  for (std::size_t first = 0; first < methods.size(); ++first) {
    for (std::size_t second = 0; second < methods.size(); ++second) {
      auto before = request_to(server.host(), methods[first], "/before");
      if (first < 2) before.source = &source;
      REQUIRE(transport->send(before, nullptr, {}).status);
      auto after = request_to(server.host(), methods[second], "/after");
      if (second < 2) after.body = "small";
      REQUIRE(transport->send(after, nullptr, {}).status);
      const std::string length = second < 2 ? "Content-Length: 5\r\n" : "";
      CHECK(server.requests().back() == names[second] + " /after HTTP/1.1\r\nHost: " + server.host() + "\r\n" + length +
                                            "\r\n" + (second < 2 ? "small" : ""));
    }
  }
}

TEST_CASE("an empty POST says so") {
  ScriptedServer server;
  server.then(reply(200));
  const auto transport = http::make_curl_transport(test_options());
  REQUIRE(transport->send(request_to(server.host(), Method::post), nullptr, {}).status);
  CHECK(server.requests().front() == "POST /b/k HTTP/1.1\r\nHost: " + server.host() + "\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("a HEAD, a 204 and a 304 leave the connection clean") {
  ScriptedServer server;
  server.then("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
  server.then("HTTP/1.1 204 None\r\n\r\n");
  server.then("HTTP/1.1 304 Same\r\nETag: \"a\"\r\nContent-Length: 9\r\n\r\n");
  server.then(reply(200, "clean"));
  const auto transport = http::make_curl_transport(test_options());
  Collector collector;
  auto exchange = transport->send(request_to(server.host(), Method::head), &collector, {});
  REQUIRE(exchange.status);
  CHECK(exchange.response.headers.get("content-length") == "1000");
  CHECK(collector.begins == 1);
  CHECK_FALSE(exchange.body_delivered);
  CHECK(transport->send(request_to(server.host(), Method::remove), nullptr, {}).response.status == 204);
  exchange = transport->send(request_to(server.host()), &collector, {});
  CHECK(exchange.response.status == 304);
  CHECK(exchange.response.headers.get("etag") == "\"a\"");
  CHECK(collector.begins == 1);
  CHECK(transport->send(request_to(server.host()), nullptr, {}).response.body == "clean");
  CHECK(server.connections() == 1);
}

TEST_CASE("a receiver takes the body of a success, after begin") {
  ScriptedServer server;
  const std::string data = pattern(3'000'000);
  server.then(reply(206, data));
  server.then(reply(200, ""));
  const auto transport = http::make_curl_transport(test_options());
  Collector collector;
  auto exchange = transport->send(request_to(server.host()), &collector, {});
  REQUIRE(exchange.status);
  CHECK(collector.status == 206);
  CHECK((collector.body == data));
  CHECK(exchange.response.body.empty());
  CHECK(exchange.body_delivered);

  Collector empty;
  exchange = transport->send(request_to(server.host()), &empty, {});
  REQUIRE(exchange.status);
  CHECK(empty.begins == 1);
  CHECK_FALSE(exchange.body_delivered);
}

TEST_CASE("a receiver that asks for little at once gets no more, and all of it") {
  struct Slow final : http::BodyReceiver {
    explicit Slow(std::size_t most) : most_(most) {}
    Status begin(const http::Response&) override { return {}; }
    Status write(Bytes chunk) override {
      largest = std::max(largest, chunk.size());
      body += chunk.view();
      return {};
    }
    std::size_t most_at_once() const noexcept override { return most_; }
    std::size_t largest = 0;
    std::string body;

   private:
    const std::size_t most_;
  };
  const std::string sent(100'000, 'x');
  for (const std::size_t most : {0, 1, 5'000}) {
    CAPTURE(most);
    Slow slow(most);
    REQUIRE(get_from(reply(200, sent), &slow).status);
    CHECK(slow.body == sent);
    CHECK(slow.largest <= std::max<std::size_t>(most, 1024));  // The least that libcurl takes.
  }
}

TEST_CASE("a receiver never sees the body of a failure") {
  ScriptedServer server;
  server.then(reply(404, "<Error/>"));
  const auto transport = http::make_curl_transport(test_options());
  Collector collector;
  const auto exchange = transport->send(request_to(server.host()), &collector, {});
  REQUIRE(exchange.status);
  CHECK(exchange.response.status == 404);
  CHECK(exchange.response.body == "<Error/>");
  CHECK(collector.begins == 0);
}

TEST_CASE("what a receiver answers ends the exchange and is its outcome") {
  ScriptedServer server;
  server.always(reply(200, "0123456789"));
  const auto transport = http::make_curl_transport(test_options());
  Error full;
  full.code = ErrorCode::io;
  full.message = "disk full";
  Collector at_begin;
  at_begin.begin_result = full;
  auto exchange = transport->send(request_to(server.host()), &at_begin, {});
  REQUIRE_FALSE(exchange.status);
  CHECK(exchange.status.error().message == "disk full");
  CHECK_FALSE(exchange.body_delivered);
  Collector at_write;
  at_write.write_result = full;
  exchange = transport->send(request_to(server.host()), &at_write, {});
  REQUIRE_FALSE(exchange.status);
  CHECK(exchange.status.error().code == ErrorCode::io);
  CHECK(exchange.body_delivered);
}

TEST_CASE("what a receiver or a source throws reaches the caller") {
  ScriptedServer server;
  server.always(reply(200, "0123456789"));
  const auto transport = http::make_curl_transport(test_options());
  Collector collector;
  collector.on_write = [] { throw std::runtime_error("from the sink"); };
  CHECK_THROWS_WITH(transport->send(request_to(server.host()), &collector, {}), "from the sink");
  TestSource source(pattern(100'000));
  source.on_read = [] { throw std::runtime_error("from the source"); };
  auto request = request_to(server.host(), Method::put);
  request.source = &source;
  CHECK_THROWS_WITH(transport->send(request, nullptr, {}), "from the source");
  CHECK(transport->send(request_to(server.host()), nullptr, {}).status);
}

TEST_CASE("a chunked body arrives whole, and its trailers change nothing") {
  ScriptedServer server;
  server.then(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nETag: \"t\"\r\n\r\n");
  server.then(reply(200, "next"));
  const auto transport = http::make_curl_transport(test_options());
  Collector collector;
  const auto exchange = transport->send(request_to(server.host()), &collector, {});
  REQUIRE(exchange.status);
  CHECK(collector.body == "hello world");
  CHECK_FALSE(exchange.response.headers.contains("etag"));
  CHECK(transport->send(request_to(server.host()), nullptr, {}).response.body == "next");
}

TEST_CASE("trap 34: a compressed object stays as it is (row 42)") {
  ScriptedServer server;
  const std::string gzip("\x1f\x8b\x08\x00not really", 14);
  server.then(reply(200, gzip, "Content-Encoding: gzip\r\n"));
  const auto transport = http::make_curl_transport(test_options());
  const auto exchange = transport->send(request_to(server.host()), nullptr, {});
  REQUIRE(exchange.status);
  CHECK(exchange.response.body == gzip);
  CHECK(server.requests().front().find("Accept-Encoding") == std::string::npos);
}

TEST_CASE("every reply is read right when it comes byte by byte (row 78)") {
  ScriptedServer server;
  server.then({faults::slice("HTTP/1.1 100 Continue\r\n\r\n" + reply(200, "sliced", "A: b\r\n"))});
  server.then({faults::slice("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")});
  const auto transport = http::make_curl_transport(test_options());
  CHECK(transport->send(request_to(server.host()), nullptr, {}).response.body == "sliced");
  CHECK(transport->send(request_to(server.host()), nullptr, {}).response.body == "abc");
}
