#include "faults/proxy.h"
#include "faults/scripted_server.h"
#include "support.h"
#include "support/stopwatch.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>

#include <atomic>

// The rows of the fault catalogue where the wire or this machine fails, one exchange each.
using namespace cloudkit;
using namespace http_curl;
using faults::FaultProxy;
using faults::reply;
using faults::ScriptedServer;
using faults::WireFault;
using http::Method;

namespace {

// A port that was free a moment ago.
std::string nobody() { return "127.0.0.1:" + std::to_string(faults::port_of(faults::listen_on_loopback())); }

}  // namespace

TEST_CASE("row 1: a name that does not exist") {
  const ScopedVariable no_proxy("http_proxy", nullptr);
  auto options = test_options();
  options.allow_http = true;
  options.connect_timeout = 2s;  // A machine without a name server may wait for one.
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

TEST_CASE("row 3: connection refused by another machine") {
  const ScopedVariable no_proxy("http_proxy", nullptr);
  auto options = test_options();
  options.allow_http = true;
  // To Linux this address is the machine itself; to cloudkit it is an address like any other.
  const std::string host = "0.0.0.0:" + std::to_string(faults::port_of(faults::listen_on_loopback()));
  const auto exchange = http::make_curl_transport(options)->send(request_to(host), nullptr, {});
  check_failure(exchange, ErrorCode::unavailable, true);
  CHECK(exchange.status.error().message == "cannot connect to " + host + ": Connection refused");
  CHECK(exchange.status.error().hint ==
        "check its name and port; a firewall may be in between, or a proxy be needed (HTTPS_PROXY)");
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
  CHECK(elapsed_since(start) < ::test::kSoon);
  CHECK(exchange.status.error().message ==
        "the connect timeout passed while connecting to 127.0.0.1:" + std::to_string(port));
  CHECK(exchange.status.error().hint.find("check the endpoint; a firewall may drop what is sent to it") == 0);
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

TEST_CASE("row 44: a flipped bit is for checksums to find: it arrives as it is") {
  ScriptedServer server;
  server.always(reply(200, pattern(1000)));
  const std::uint64_t head = reply(200, pattern(1000)).size() - 1000;
  FaultProxy proxy(server.port());
  WireFault fault;
  fault.action = WireFault::Action::flip_bit;
  fault.after = head + 500;
  proxy.then(fault);
  const auto exchange = get(proxy.host());
  REQUIRE(exchange.status);
  std::string expected = pattern(1000);
  expected[500] = static_cast<char>(expected[500] ^ 1);
  CHECK((exchange.response.body == expected));
}

TEST_CASE("row 65: no descriptors left") {
  const auto transport = http::make_curl_transport(test_options());
  const std::string host = nobody();
  rlimit before = {};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = 3;  // What is open stays open.
  ::setrlimit(RLIMIT_NOFILE, &none);
  const auto exchange = transport->send(request_to(host), nullptr, {});
  ::setrlimit(RLIMIT_NOFILE, &before);
  check_failure(exchange, ErrorCode::io, true);
  CHECK(exchange.status.error().message == "cannot open a socket to " + host + ": Too many open files");
  CHECK(exchange.status.error().hint == "raise the limit of open files (ulimit -n), or use fewer workers");
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
