#include "faults/scripted_server.h"
#include "support.h"
#include "support/more_time.h"
#include "support/stopwatch.h"

#include <doctest/doctest.h>

// The rows of the fault catalogue where the server's reply is wrong, one exchange each.
using namespace cloudkit;
using namespace http_curl;
using faults::reply;
using faults::Script;
using faults::ScriptedServer;
using http::Method;
using namespace std::string_literals;

TEST_CASE("row 39: too many or too long headers") {
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 100'000; ++i) many += "A: b\r\n";
  auto exchange = get_from(many + "\r\n");
  check_failure(exchange, ErrorCode::unknown, false);
  CHECK(exchange.status.error().message == "malformed reply: more than 2000 lines of headers");
  check_failure(get_from("HTTP/1.1 200 OK\r\nA: " + std::string(10'000'000, 'x') + "\r\n\r\n"), ErrorCode::unknown,
                false);
  check_failure(get_from("HTTP/1.1 200 OK\r\nA: " + std::string(200'000, 'x') + "\r\n\r\n"), ErrorCode::unknown, false);
  std::string long_ones = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 10; ++i) long_ones += "A: " + std::string(50'000, 'x') + "\r\n";
  check_failure(get_from(long_ones + "\r\n"), ErrorCode::unknown, false);
}

TEST_CASE("row 40: an endless error body keeps its status") {
  ScriptedServer server;
  server.then({faults::send("HTTP/1.1 403 Forbidden\r\nContent-Length: 1000000000\r\nx-amz-request-id: R\r\n\r\n" +
                            std::string(200'000, 'e')),
               faults::stall()});
  const auto exchange = get(server.host());
  REQUIRE(exchange.status);
  CHECK(exchange.response.status == 403);
  CHECK(exchange.response.headers.get("x-amz-request-id") == "R");
  CHECK(exchange.response.body.size() == 64 * 1024);
}

TEST_CASE("row 41: a control reply that is too large") {
  ScriptedServer server;
  server.then({faults::send("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\nx"), faults::stall()});
  server.then(
      {faults::send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + std::string(2000, 'x') + "\r\n"),
       faults::stall()});
  server.then(reply(200, std::string(1000, 'x')));
  const auto transport = http::make_curl_transport(test_options());
  auto request = request_to(server.host());
  request.max_reply_size = 1000;
  for (int i = 0; i < 2; ++i) {
    const auto exchange = transport->send(request, nullptr, {});
    check_failure(exchange, ErrorCode::unknown, false);
    CHECK(exchange.status.error().message == "the reply of " + server.host() + " is larger than 1000 bytes");
  }
  CHECK(transport->send(request, nullptr, {}).status);
}

TEST_CASE("rows 47 to 49: a redirect is a reply, never followed") {
  ScriptedServer other;
  for (const std::string& to :
       {"http://" + other.host() + "/", std::string("file:///etc/passwd"), std::string("/b/k")}) {
    const auto exchange = get_from(reply(302, "", "Location: " + to + "\r\n"));
    REQUIRE(exchange.status);
    CHECK(exchange.response.status == 302);
    CHECK(exchange.response.headers.get("location") == to);
  }
  CHECK(other.connections() == 0);
}

TEST_CASE("row 52: a 100-continue that never comes costs a second, not the upload") {
  ScriptedServer server;
  server.then(reply(200));
  server.then(
      faults::early({faults::send("HTTP/1.1 100 Continue\r\n\r\n"), faults::read_body(), faults::send(reply(200))}));
  const auto transport = http::make_curl_transport(test_options());
  const TestSource source(pattern(100'000));
  auto request = request_to(server.host(), Method::put);
  request.source = &source;
  request.headers.add("Expect", "100-continue");
  for (const auto least : {900ms, 0ms}) {
    const ::test::Stopwatch watch;
    REQUIRE(transport->send(request, nullptr, {}).status);
    CHECK(watch.elapsed() >= least);
    CHECK(watch.elapsed() < 1s + ::test::kSoon);
    CHECK((body_of(server.requests().back()) == pattern(100'000)));
  }
}

TEST_CASE("row 53: a refusal before the body is a refusal, and 417 is not repeated") {
  for (const int status : {403, 417}) {
    CAPTURE(status);
    const auto has_answer_in_time = [&] {
      ScriptedServer server;
      server.then(faults::early({faults::send(reply(status, "no", "Connection: close\r\n")), faults::read_body()}));
      const TestSource source(pattern(100'000));
      auto request = request_to(server.host(), Method::put);
      request.source = &source;
      request.headers.add("Expect", "100-continue");
      const ::test::Stopwatch watch;
      const auto exchange = http::make_curl_transport(test_options())->send(request, nullptr, {});
      const bool in_time = watch.elapsed() < 900ms;
      REQUIRE(exchange.status);
      CHECK(exchange.response.status == status);
      REQUIRE(::test::soon([&] { return server.open_connections() == 0; }));
      CHECK(server.requests().size() == 1);
      if (in_time) CHECK(body_of(server.requests().front()).empty());
      return in_time;
    };
    // After a second without an answer the body goes out, and rightly so: on a busy machine it may be late.
    CHECK((has_answer_in_time() || has_answer_in_time() || has_answer_in_time()));
  }
}

TEST_CASE("a refusal whose body is cut is the refusal, and its connection is not used again") {
  ScriptedServer server;
  const auto cut = [](int status) {
    return faults::send("HTTP/1.1 " + std::to_string(status) + " No\r\nContent-Length: 500\r\n\r\n" +
                        std::string(100, 'e'));
  };
  const auto transport = http::make_curl_transport(test_options());
  const TestSource source(pattern(20 << 20));
  auto request = request_to(server.host(), Method::put);
  request.source = &source;
  int sent = 0;
  for (const int status : {403, 412, 429, 500, 503}) {
    CAPTURE(status);
    http::Exchange exchange;
    // The head has to be read before the line is dead: a machine that is busy may need a longer pause.
    CHECK(::test::with_more_time(200ms, [&](std::chrono::milliseconds limit) {
      server.then(faults::early({cut(status), faults::pause(limit), faults::reset()}));
      exchange = transport->send(request, nullptr, {});
      CHECK(server.requests().size() == static_cast<std::size_t>(++sent));
      CHECK(server.connections() == sent);
      return exchange.status.has_value();
    }));
    REQUIRE(exchange.status);
    CHECK(exchange.response.status == status);
    CHECK(exchange.response.body == std::string(100, 'e'));
  }
  server.then({cut(404), faults::close()});
  CHECK(transport->send(request_to(server.host()), nullptr, {}).response.status == 404);
  // What these mean is in their body: an upload that was too slow, a conflict that passes.
  for (const int status : {400, 409}) {
    server.then({cut(status), faults::close()});
    check_failure(transport->send(request_to(server.host()), nullptr, {}), ErrorCode::unavailable, true);
  }
  server.then(reply(200));
  CHECK(transport->send(request_to(server.host()), nullptr, {}).status);
  CHECK(server.connections() == sent + 4);
}

TEST_CASE("a success before the whole body was sent is none") {
  ScriptedServer server;
  server.then(faults::early({faults::send(reply(200, "", "Connection: close\r\n")), faults::close()}));
  const TestSource source(pattern(20 << 20));
  auto request = request_to(server.host(), Method::put);
  request.source = &source;
  check_failure(http::make_curl_transport(test_options())->send(request, nullptr, {}), ErrorCode::unavailable, true);
}

TEST_CASE("row 54: a thousand interim replies") {
  std::string interim;
  for (int i = 0; i < 1000; ++i) interim += "HTTP/1.1 103 Early Hints\r\n\r\n";
  check_failure(get_from(interim + reply(200)), ErrorCode::unknown, false);
}

TEST_CASE("rows 55, 57 and 63: replies that two readers could read differently") {
  for (const std::string head :
       {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551621\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\rc\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 999 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 000 OK\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
        "hello, I am no HTTP\r\n\r\n"}) {
    CAPTURE(head);
    ScriptedServer server;
    server.then({faults::send(head + "hello"), faults::close()});
    server.then(reply(200, "next"));
    const auto transport = http::make_curl_transport(test_options());
    Collector collector;
    check_failure(transport->send(request_to(server.host()), &collector, {}), ErrorCode::unknown, false);
    CHECK(collector.body.empty());
    CHECK(transport->send(request_to(server.host()), nullptr, {}).response.body == "next");
  }
  check_failure(get_from("HTTP/1.1 200 OK\r\nA: b\0c\r\nContent-Length: 0\r\n\r\n"s), ErrorCode::unknown, false);
}

TEST_CASE("row 56: a body that only the connection's end ends is kept, but not streamed") {
  const Script script = {faults::send("HTTP/1.0 200 OK\r\n\r\nhello"), faults::close()};
  const auto kept = get_from(script);
  REQUIRE(kept.status);
  CHECK(kept.response.body == "hello");
  Collector collector;
  const auto exchange = get_from(script, &collector);
  check_failure(exchange, ErrorCode::unavailable, true);
  CHECK(exchange.status.error().message.ends_with("does not say how long it is: a cut one would look whole"));
  CHECK(collector.begins == 0);
}

TEST_CASE("row 63: 599 is an answer like any other") {
  const auto exchange = get_from(reply(599, "odd"));
  REQUIRE(exchange.status);
  CHECK(exchange.response.status == 599);
}
