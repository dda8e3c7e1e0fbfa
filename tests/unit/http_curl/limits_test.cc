#include "faults/proxy.h"
#include "faults/scripted_server.h"
#include "support.h"
#include "support/more_time.h"
#include "support/stopwatch.h"

#include <doctest/doctest.h>

#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <functional>
#include <thread>
#include <utility>

using namespace cloudkit;
using namespace http_curl;
using faults::reply;
using faults::ScriptedServer;
using http::Exchange;
using http::Method;

namespace {

// Cancels it once `reached`.
void check_cancelled(const http::Request& request, const std::string& what, std::function<bool()> reached,
                     http::BodyReceiver* receiver = nullptr) {
  const Context context = Context::cancellable();
  const auto transport = http::make_curl_transport(test_options());
  const auto start = std::chrono::steady_clock::now();
  Exchange exchange;
  {
    const CancelOnce cancel(context, std::move(reached));
    exchange = transport->send(request, receiver, context);
  }
  CHECK(elapsed_since(start) < ::test::kSoon);
  REQUIRE_FALSE(exchange.status);
  CHECK(exchange.status.error().code == ErrorCode::cancelled);
  CHECK_FALSE(exchange.status.error().retryable);
  CHECK(exchange.status.error().message == "the caller cancelled it while " + what);
}

void check_timeout(const Exchange& exchange, const std::string& message) {
  REQUIRE_FALSE(exchange.status);
  CHECK(exchange.status.error().code == ErrorCode::timeout);
  CHECK(exchange.status.error().retryable);
  CHECK(exchange.status.error().message == message);
}

bool has_arrived(const ScriptedServer& server) { return server.requests().size() == 1; }

// Whether a socket of this program is on its way to a connection.
bool is_connecting() {
  for (int fd = 3; fd < 256; ++fd) {
    int type = 0, listens = 0;
    socklen_t size = sizeof type;
    if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM) continue;
    if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens != 0) continue;
    sockaddr_storage peer = {};
    socklen_t peer_size = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &peer_size) != 0 && errno == ENOTCONN) return true;
  }
  return false;
}

// A machine that is busy enough makes what is slow by intent too slow: is it so each time?
bool succeeds_once(const std::function<Status()>& send) {
  for (int i = 0; i < 3; ++i) {
    if (const auto status = send()) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a cancel ends a connect") {
  const faults::Socket listener = faults::listen_on_loopback(0);
  const auto port = faults::port_of(listener);
  const auto fills_the_queue = faults::connect_to_loopback(port);
  const std::string host = "127.0.0.1:" + std::to_string(port);
  check_cancelled(request_to(host), "connecting to " + host, is_connecting);
}

TEST_CASE("a cancel ends the wait for a reply") {
  ScriptedServer server;
  server.always({faults::stall()});
  check_cancelled(request_to(server.host()), "waiting for the reply of " + server.host(),
                  [&] { return has_arrived(server); });
}

TEST_CASE("a cancel ends a body half way") {
  ScriptedServer server;
  server.always({faults::send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"), faults::stall()});
  Collector collector;
  std::atomic<bool> half_way{false};
  collector.on_write = [&] { half_way = collector.body == "hello"; };
  check_cancelled(
      request_to(server.host()), "receiving from " + server.host(), [&] { return half_way.load(); }, &collector);
  CHECK(collector.body == "hello");
}

TEST_CASE("a cancel ends an upload that nobody reads") {
  ScriptedServer server;
  server.always(faults::early({faults::pause(60s)}));
  const TestSource source(pattern(30 << 20));
  auto request = request_to(server.host(), Method::put);
  request.source = &source;
  check_cancelled(request, "sending to " + server.host(), [&] { return has_arrived(server); });
}

TEST_CASE("a cancelled or late context opens no connection") {
  ScriptedServer server;
  const auto transport = http::make_curl_transport(test_options());
  const Context context = Context::cancellable();
  context.cancel();
  auto exchange = transport->send(request_to(server.host()), nullptr, context);
  CHECK(exchange.status.error().code == ErrorCode::cancelled);
  exchange = transport->send(request_to(server.host()), nullptr, Context::with_timeout(-1s));
  CHECK(exchange.status.error().code == ErrorCode::timeout);
  CHECK_FALSE(exchange.request_sent);
  CHECK(server.connections() == 0);
}

TEST_CASE("a deadline is kept, and is not worth a retry") {
  ScriptedServer server;
  server.always({faults::stall()});
  const auto transport = http::make_curl_transport(test_options());
  Exchange exchange;
  CHECK(::test::with_more_time(200ms, [&](std::chrono::milliseconds limit) {
    const auto start = std::chrono::steady_clock::now();
    exchange = transport->send(request_to(server.host()), nullptr, Context::with_timeout(limit));
    CHECK(elapsed_since(start) >= limit);
    CHECK(elapsed_since(start) < limit + ::test::kSoon);
    return exchange.request_sent;
  }));
  REQUIRE_FALSE(exchange.status);
  CHECK(exchange.status.error().code == ErrorCode::timeout);
  CHECK_FALSE(exchange.status.error().retryable);
  CHECK(exchange.status.error().message ==
        "the caller's deadline passed while waiting for the reply of " + server.host());
}

TEST_CASE("a reply that does not begin ends with the first-byte timeout (row 10)") {
  ScriptedServer server;
  server.always({faults::stall()});
  auto options = test_options();
  options.first_byte_timeout = 300ms;
  const auto exchange = http::make_curl_transport(options)->send(request_to(server.host()), nullptr, {});
  check_timeout(exchange, "no answer for 300 ms while waiting for the reply of " + server.host());
  CHECK(exchange.request_sent);
}

TEST_CASE("a request whose service works before it answers is waited for") {
  ScriptedServer server;
  server.then(
      {faults::pause(400ms), faults::send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n "), faults::send("<r/> ")});
  auto options = test_options();
  options.first_byte_timeout = 200ms;
  auto request = request_to(server.host());
  request.thinking_time = 30s;
  const auto exchange = http::make_curl_transport(options)->send(request, nullptr, {});
  REQUIRE(exchange.status);
  CHECK(exchange.response.body == " <r/> ");
}

TEST_CASE("a silent pooled connection is a timeout, not a stale one (row 10)") {
  ScriptedServer server;
  server.then(reply(200));
  server.then({faults::stall()});
  auto options = test_options();
  options.first_byte_timeout = 300ms;
  const auto transport = http::make_curl_transport(options);
  auto patient = request_to(server.host());
  patient.thinking_time = 30s;
  REQUIRE(transport->send(patient, nullptr, {}).status);
  const auto exchange = transport->send(request_to(server.host()), nullptr, {});
  check_timeout(exchange, "no answer for 300 ms while waiting for the reply of " + server.host());
  CHECK(exchange.connection_reused);
}

TEST_CASE("headers that trickle do not hold the first-byte timeout off (row 16)") {
  ScriptedServer server;
  server.always({faults::slice("HTTP/1.1 200 OK\r\nA: " + std::string(1000, 'x'), 20ms)});
  auto options = test_options();
  options.first_byte_timeout = 500ms;
  const auto exchange = http::make_curl_transport(options)->send(request_to(server.host()), nullptr, {});
  check_timeout(exchange, "no answer for 500 ms while waiting for the reply of " + server.host());
}

TEST_CASE("a wire that goes silent in the middle is a stall (row 18)") {
  ScriptedServer server;
  server.always(reply(200, pattern(100'000)));
  faults::FaultProxy proxy(server.port());
  faults::WireFault fault;
  fault.action = faults::WireFault::Action::stall;
  fault.after = 50'000;
  proxy.then(fault);
  auto options = test_options();
  options.stall_timeout = 1s;
  Collector collector;
  const auto exchange = http::make_curl_transport(options)->send(request_to(proxy.host()), &collector, {});
  check_timeout(exchange, "too few bytes for 1000 ms while receiving from " + proxy.host());
  CHECK(collector.body.size() < 50'000);
}

TEST_CASE("a body that stalls ends with the stall timeout (row 18)") {
  ScriptedServer server;
  // Few enough for the kernel to take them at once, so that there is no stall before the one that is meant.
  server.always(
      {faults::send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + std::string(10'000, 'x')), faults::stall()});
  auto options = test_options();
  options.stall_timeout = 1s;
  Collector collector;
  const auto exchange = http::make_curl_transport(options)->send(request_to(server.host()), &collector, {});
  check_timeout(exchange, "too few bytes for 1000 ms while receiving from " + server.host());
  CHECK(collector.body.size() == 10'000);
}

TEST_CASE("a slow body above the stall limit succeeds (row 17)") {
  ScriptedServer server;
  server.always(
      {faults::send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n"), faults::slice(std::string(20, 'x'), 80ms)});
  auto options = test_options();
  options.stall_timeout = 1s;
  const auto transport = http::make_curl_transport(options);
  CHECK(succeeds_once([&] {
    Collector collector;
    auto exchange = transport->send(request_to(server.host()), &collector, {});
    if (exchange.status) CHECK(collector.body.size() == 20);
    return exchange.status;
  }));
}

TEST_CASE("an upload that nobody reads ends with the stall timeout") {
  ScriptedServer server;
  server.always(faults::early({faults::pause(60s)}));
  auto options = test_options();
  options.stall_timeout = 1s;
  const TestSource source(pattern(30 << 20));
  auto request = request_to(server.host(), Method::put);
  request.source = &source;
  check_timeout(http::make_curl_transport(options)->send(request, nullptr, {}),
                "too few bytes for 1000 ms while sending to " + server.host());
}

TEST_CASE("the time a receiver takes is not the server's") {
  ScriptedServer server;
  server.always(reply(200, pattern(600'000)));
  auto options = test_options();
  options.stall_timeout = 1s;
  const auto transport = http::make_curl_transport(options);
  CHECK(succeeds_once([&] {
    Collector collector;
    bool slept = false;
    collector.on_write = [&] {
      if (!std::exchange(slept, true)) std::this_thread::sleep_for(1200ms);
    };
    return transport->send(request_to(server.host()), &collector, {}).status;
  }));
}
