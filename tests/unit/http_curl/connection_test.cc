#include "core/sigpipe_guard.h"
#include "faults/scripted_server.h"
#include "support.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

using namespace cloudkit;
using namespace http_curl;
using faults::reply;
using faults::ScriptedServer;
using http::Method;

namespace {

const std::shared_ptr<http::Transport> kGlobal = http::make_curl_transport();

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator entries("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

}  // namespace

TEST_CASE("a transport works as a global object") {
  ScriptedServer server;
  server.always(reply(200, "hello"));
  CHECK(kGlobal->send(request_to(server.host()), nullptr, {}).response.body == "hello");
}

TEST_CASE("a connection is kept for the next request to the same host") {
  ScriptedServer server, other;
  server.always(reply(200));
  other.always(reply(200));
  const auto transport = http::make_curl_transport(test_options());
  CHECK_FALSE(transport->send(request_to(server.host()), nullptr, {}).connection_reused);
  CHECK(transport->send(request_to(server.host()), nullptr, {}).connection_reused);
  CHECK_FALSE(transport->send(request_to(other.host()), nullptr, {}).connection_reused);
  CHECK(transport->send(request_to(server.host()), nullptr, {}).connection_reused);
  CHECK(server.connections() == 1);
}

TEST_CASE("a connection is not reused after max_idle") {
  ScriptedServer server;
  server.always(reply(200));
  auto options = test_options();
  options.max_idle = 0s;
  const auto transport = http::make_curl_transport(options);
  CHECK(transport->send(request_to(server.host()), nullptr, {}).status);
  CHECK_FALSE(transport->send(request_to(server.host()), nullptr, {}).connection_reused);
  options.max_idle = 1s;
  const auto ageing = http::make_curl_transport(options);
  CHECK(ageing->send(request_to(server.host()), nullptr, {}).status);
  std::this_thread::sleep_for(2100ms);
  CHECK_FALSE(ageing->send(request_to(server.host()), nullptr, {}).connection_reused);
}

TEST_CASE("trap 30: a connection that the server closed while idle is replaced (row 9)") {
  ScriptedServer server;
  server.then({faults::send(reply(200)), faults::close()});
  server.then(reply(200, "second"));
  const auto transport = http::make_curl_transport(test_options());
  REQUIRE(transport->send(request_to(server.host()), nullptr, {}).status);
  REQUIRE(::test::soon([&] { return server.open_connections() == 0; }));
  const auto exchange = transport->send(request_to(server.host()), nullptr, {});
  REQUIRE(exchange.status);
  CHECK(exchange.response.body == "second");
  CHECK_FALSE(exchange.connection_reused);
}

TEST_CASE("trap 30: a kept connection that dies under a request is reported, never repeated behind our back (row 9)") {
  for (const auto& end : {faults::close(), faults::reset()}) {
    for (const std::size_t size : {0UL, 10UL, 200'000UL}) {
      CAPTURE(size);
      ScriptedServer server;
      server.then(reply(200));
      server.then({end});
      server.then(reply(200, "again"));
      const auto transport = http::make_curl_transport(test_options());
      REQUIRE(transport->send(request_to(server.host()), nullptr, {}).status);
      const TestSource source(pattern(size));
      auto request = request_to(server.host(), size == 0 ? Method::get : Method::put);
      if (size > 0) request.source = &source;
      const auto exchange = transport->send(request, nullptr, {});
      REQUIRE_FALSE(exchange.status);
      CHECK(exchange.status.error().code == ErrorCode::unavailable);
      CHECK(exchange.status.error().retryable);
      CHECK(exchange.connection_reused);
      CHECK(exchange.request_sent);
      CHECK_FALSE(exchange.reply_started);
      CHECK(server.requests().size() == 2);
      CHECK(server.connections() == 1);

      const auto second = transport->send(request, nullptr, {});
      REQUIRE(second.status);
      CHECK(second.response.body == "again");
      CHECK((body_of(server.requests().back()) == pattern(size)));
    }
  }
}

TEST_CASE("a failed exchange leaves no connection to reuse") {
  ScriptedServer server;
  server.then({faults::send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!")});
  server.then(reply(200, "clean"));
  const auto transport = http::make_curl_transport(test_options());
  CHECK_FALSE(transport->send(request_to(server.host()), nullptr, {}).status);
  const auto exchange = transport->send(request_to(server.host()), nullptr, {});
  CHECK(exchange.response.body == "clean");
  CHECK_FALSE(exchange.connection_reused);
}

TEST_CASE("sixteen threads share a transport") {
  ScriptedServer server;
  server.always(reply(200, pattern(4096)));
  const auto transport = http::make_curl_transport(test_options());
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      const std::string body = pattern(1000U + static_cast<unsigned>(t));
      for (int i = 0; i < 50; ++i) {
        Collector collector;
        auto request = request_to(server.host(), i % 2 == 0 ? Method::get : Method::put);
        if (i % 2 != 0) request.body = body;
        const auto exchange = transport->send(request, &collector, {});
        if (exchange.status && collector.body == pattern(4096)) ++right;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(right == 16 * 50);
  CHECK(server.requests().size() == 16 * 50);
  CHECK(server.connections() <= 16);
}

TEST_CASE("no descriptor is left behind by successes, failures and cancels") {
  const auto run = [] {
    ScriptedServer server;
    ScriptedServer silent;
    silent.always({faults::stall()});
    const auto transport = http::make_curl_transport(test_options());
    for (int i = 0; i < 5; ++i) {
      server.then(reply(200));
      server.then({faults::reset()});
      server.then({faults::send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"), faults::close()});
      transport->send(request_to(server.host()), nullptr, {});
      transport->send(request_to(server.host()), nullptr, {});
      transport->send(request_to(server.host()), nullptr, {});
      transport->send(request_to(silent.host()), nullptr, Context::with_timeout(20ms));
    }
  };
  run();
  const std::size_t before = open_descriptors();
  run();
  CHECK(open_descriptors() == before);
}

TEST_CASE("sockets are not inherited by programs, and do not wait for more to send") {
  ScriptedServer server;
  server.always(reply(200));
  const auto transport = http::make_curl_transport(test_options());
  REQUIRE(transport->send(request_to(server.host()), nullptr, {}).status);
  int found = 0;
  for (int fd = 3; fd < 256; ++fd) {
    sockaddr_in peer = {};
    socklen_t size = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
    if (peer.sin_family != AF_INET || ntohs(peer.sin_port) != server.port()) continue;
    ++found;
    CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    int no_delay = 0;
    socklen_t length = sizeof no_delay;
    ::getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, &length);
    CHECK(no_delay != 0);
    int keep_alive = 1;
    ::getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &keep_alive, &length);
    CHECK(keep_alive == 0);
  }
  CHECK(found == 1);
}

TEST_CASE("the SIGPIPE guard swallows its own signal only") {
  sigset_t pending;
  {
    const core::SigpipeGuard guard;
    ::raise(SIGPIPE);
  }
  ::sigpending(&pending);
  CHECK(sigismember(&pending, SIGPIPE) == 0);
}
