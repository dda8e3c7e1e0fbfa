#include "faults/proxy.h"
#include "faults/scripted_server.h"
#include "support.h"

#include <doctest/doctest.h>
#include <signal.h>

#include <atomic>

// The rows of the fault catalogue that a transport decides, one exchange each.
using namespace cloudkit;
using namespace http_curl;
using faults::FaultProxy;
using faults::reply;
using faults::Script;
using faults::ScriptedServer;
using faults::WireFault;
using http::Exchange;
using http::Method;

namespace {

Exchange get(const std::string& host, http::BodyReceiver* receiver = nullptr) {
  return http::make_curl_transport(test_options())->send(request_to(host), receiver, {});
}

Exchange get_from(Script script, http::BodyReceiver* receiver = nullptr) {
  ScriptedServer server;
  server.then(std::move(script));
  return get(server.host(), receiver);
}

void check_failure(const Exchange& exchange, ErrorCode code, bool retryable) {
  REQUIRE_FALSE(exchange.status);
  CAPTURE(exchange.status.error());
  CHECK(exchange.status.error().code == code);
  CHECK(exchange.status.error().retryable == retryable);
  CHECK_FALSE(exchange.status.error().message.empty());
}

// A port that was free a moment ago.
std::string nobody() { return "127.0.0.1:" + std::to_string(faults::port_of(faults::listen_on_loopback())); }

}  // namespace

TEST_CASE("row 1: a name that does not exist") {
  const ScopedVariable no_proxy("http_proxy", nullptr);
  auto options = test_options();
  options.allow_http = true;
  const auto exchange = http::make_curl_transport(options)->send(request_to("objects.invalid"), nullptr, {});
  REQUIRE_FALSE(exchange.status);
  CHECK(exchange.status.error().retryable);
  CHECK(exchange.status.error().message.find("objects.invalid") != std::string::npos);
  CHECK_FALSE(exchange.request_sent);
}

TEST_CASE("row 3: connection refused") {
  const std::string host = nobody();
  const auto exchange = get(host);
  check_failure(exchange, ErrorCode::unavailable, true);
  CHECK(exchange.status.error().message == "cannot connect to " + host + ": Connection refused");
  CHECK(exchange.status.error().hint == "is a server listening on " + host + "?");
  CHECK_FALSE(exchange.request_sent);
}

TEST_CASE("row 4: a connect that nobody answers") {
  // A listener whose queue is full drops the handshakes of the rest.
  const faults::Socket listener = faults::listen_on_loopback(0);
  const auto port = faults::port_of(listener);
  const auto first = faults::connect_to_loopback(port);
  auto options = test_options();
  options.connect_timeout = 300ms;
  const auto start = std::chrono::steady_clock::now();
  const auto exchange =
      http::make_curl_transport(options)->send(request_to("127.0.0.1:" + std::to_string(port)), nullptr, {});
  check_failure(exchange, ErrorCode::timeout, true);
  CHECK(elapsed_since(start) < 1300ms);
  CHECK(exchange.status.error().message ==
        "the connect timeout passed while connecting to 127.0.0.1:" + std::to_string(port));
  CHECK_FALSE(exchange.request_sent);
}

TEST_CASE("row 6: reset before the request is read") {
  ScriptedServer server;
  server.on_connect({faults::reset()});
  check_failure(get(server.host()), ErrorCode::unavailable, true);
}

TEST_CASE("row 7: reset after the request") {
  ScriptedServer server;
  server.then({faults::reset()});
  auto request = request_to(server.host(), Method::put);
  request.body = "data";
  const auto exchange = http::make_curl_transport(test_options())->send(request, nullptr, {});
  check_failure(exchange, ErrorCode::unavailable, true);
  CHECK(exchange.request_sent);
  CHECK_FALSE(exchange.reply_started);
  CHECK_FALSE(exchange.connection_reused);
  CHECK(server.requests().size() == 1);
}

TEST_CASE("row 8: closed without a reply") {
  const auto exchange = get_from({faults::close()});
  check_failure(exchange, ErrorCode::unavailable, true);
  CHECK(exchange.status.error().message.ends_with(" closed the connection without a reply"));
  CHECK_FALSE(exchange.reply_started);
}

TEST_CASE("row 11: reset in the middle of a body") {
  ScriptedServer server;
  server.then(reply(200, pattern(500'000)));
  FaultProxy proxy(server.port());
  WireFault fault;
  fault.action = WireFault::Action::reset;
  fault.after = 200'000;
  proxy.then(fault);
  Collector collector;
  const auto exchange = get(proxy.host(), &collector);
  check_failure(exchange, ErrorCode::unavailable, true);
  CHECK(exchange.reply_started);
  CHECK((pattern(500'000).starts_with(collector.body)));
  CHECK(exchange.body_delivered == !collector.body.empty());
}

TEST_CASE("row 12: a body that ends early") {
  Collector collector;
  const auto exchange =
      get_from({faults::send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"), faults::close()}, &collector);
  check_failure(exchange, ErrorCode::unavailable, true);
  CHECK(exchange.body_delivered);
  CHECK(collector.body == "hello");
  CHECK(exchange.status.error().message.find("was cut short") != std::string::npos);
}

TEST_CASE("row 13: a chunked body without its last chunk") {
  Collector collector;
  check_failure(
      get_from({faults::send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"), faults::close()},
               &collector),
      ErrorCode::unavailable, true);
}

TEST_CASE("row 14: a body longer than its length") {
  ScriptedServer server;
  server.then("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
  server.then(reply(200, "next"));
  const auto transport = http::make_curl_transport(test_options());
  const auto first = transport->send(request_to(server.host()), nullptr, {});
  REQUIRE(first.status);
  CHECK(first.response.body == "hello");
  const auto second = transport->send(request_to(server.host()), nullptr, {});
  REQUIRE(second.status);
  CHECK(second.response.body == "next");
  CHECK(server.connections() == 2);
}

TEST_CASE("row 15: chunk sizes that are none") {
  for (const char* size : {"zz", "-5", "10000000000000000", "fffffffffffffffff"}) {
    CAPTURE(size);
    check_failure(get_from({faults::send(std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") + size +
                                         "\r\nhello\r\n"),
                            faults::close()}),
                  ErrorCode::unavailable, true);
  }
}

TEST_CASE("row 39: too many or too long headers") {
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 100'000; ++i) many += "A: b\r\n";
  auto exchange = get_from(many + "\r\n");
  check_failure(exchange, ErrorCode::unknown, false);
  CHECK(exchange.status.error().message == "malformed reply: more than 256 lines of headers");
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
  for (int i = 0; i < 2; ++i) {
    REQUIRE(transport->send(request, nullptr, {}).status);
    CHECK((body_of(server.requests().back()) == pattern(100'000)));
  }
}

TEST_CASE("row 53: a refusal before the body is a refusal, and 417 is not repeated") {
  for (const int status : {403, 417}) {
    CAPTURE(status);
    ScriptedServer server;
    server.then(faults::early({faults::send(reply(status, "no", "Connection: close\r\n")), faults::stall()}));
    const TestSource source(pattern(100'000));
    auto request = request_to(server.host(), Method::put);
    request.source = &source;
    request.headers.add("Expect", "100-continue");
    const auto exchange = http::make_curl_transport(test_options())->send(request, nullptr, {});
    REQUIRE(exchange.status);
    CHECK(exchange.response.status == status);
    CHECK(body_of(server.requests().front()).empty());
    CHECK(server.requests().size() == 1);
  }
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
  check_failure(get_from(std::string("HTTP/1.1 200 OK\r\nA: b\0c\r\nContent-Length: 0\r\n\r\n", 48)),
                ErrorCode::unknown, false);
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

TEST_CASE("row 67: a source that shrinks or fails is named, and nothing short is sent as whole") {
  ScriptedServer server;
  server.always(reply(200));
  const auto transport = http::make_curl_transport(test_options());
  TestSource shrinking(pattern(100'000));
  shrinking.claim(300'000);
  auto request = request_to(server.host(), Method::put);
  request.source = &shrinking;
  auto exchange = transport->send(request, nullptr, {});
  check_failure(exchange, ErrorCode::io, false);
  CHECK(exchange.status.error().message ==
        "the source ended after 100000 of 300000 bytes: it changed while it was sent");

  TestSource failing(pattern(3'000'000));
  failing.failure = Error{};
  failing.failure->code = ErrorCode::io;
  failing.failure->message = "read a.bin: Input/output error";
  failing.fail_at = 2'000'000;
  request.source = &failing;
  exchange = transport->send(request, nullptr, {});
  check_failure(exchange, ErrorCode::io, false);
  CHECK(exchange.status.error().message == "read a.bin: Input/output error");
  for (const std::string& raw : server.requests()) CHECK(body_of(raw).size() < 3'000'000);
}

namespace {
std::atomic<int> sigpipes{0};
}

TEST_CASE("row 68: servers that reset uploads raise no SIGPIPE") {
  struct sigaction counting = {};
  struct sigaction before = {};
  counting.sa_handler = [](int) { ++sigpipes; };
  ::sigaction(SIGPIPE, &counting, &before);
  const faults::TestAuthority authority;
  faults::ServerOptions tls;
  tls.tls = authority.issue({});
  for (const bool secure : {false, true}) {
    ScriptedServer server(secure ? tls : faults::ServerOptions{});
    server.always(faults::early({faults::reset()}));
    auto options = test_options();
    options.ca_file = authority.ca_file();
    const auto transport = http::make_curl_transport(options);
    const TestSource source(pattern(2'000'000));
    for (int i = 0; i < 20; ++i) {
      auto request = request_to(server.host(), Method::put);
      request.scheme = secure ? "https" : "http";
      request.source = &source;
      check_failure(transport->send(request, nullptr, {}), ErrorCode::unavailable, true);
    }
  }
  struct sigaction after = {};
  ::sigaction(SIGPIPE, &before, &after);
  CHECK(sigpipes == 0);
  CHECK((after.sa_handler == counting.sa_handler));
}

TEST_CASE("row 78: a slow wire in small pieces only takes longer") {
  ScriptedServer server;
  server.always(reply(200, pattern(3000)));
  FaultProxy proxy(server.port());
  WireFault slow;
  slow.latency = 1ms;
  slow.piece = 50;
  proxy.always(slow);
  auto request = request_to(proxy.host(), Method::put);
  const std::string data = pattern(3000);
  request.body = data;
  Collector collector;
  REQUIRE(http::make_curl_transport(test_options())->send(request, &collector, {}).status);
  CHECK((collector.body == data));
  CHECK((body_of(server.requests().front()) == data));
}
