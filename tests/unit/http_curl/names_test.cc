#include "faults/resolver.h"
#include "faults/scripted_server.h"
#include "support.h"
#include "support/more_time.h"
#include "support/stopwatch.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

// What comes between a name and a connection.
using namespace cloudkit;
using namespace http_curl;
using faults::ScriptedResolver;
using faults::ScriptedServer;

namespace {

http::TransportOptions direct() {
  auto options = test_options();
  options.proxy = "none";
  options.allow_http = true;
  return options;
}

http::Exchange get_with(const http::TransportOptions& options, const std::string& host, const Context& context = {}) {
  return http::make_curl_transport(options)->send(request_to(host), nullptr, context);
}

// A port of 127.0.0.2 that drops what knocks, as a machine that is gone: its queue is full.
struct BlackHole {
  faults::Socket listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  faults::Socket first{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};

  explicit BlackHole(std::uint16_t port) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(0x7F000002);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    REQUIRE(::bind(listener.fd(), generic, sizeof address) == 0);
    REQUIRE(::listen(listener.fd(), 0) == 0);
    REQUIRE(::connect(first.fd(), generic, sizeof address) == 0);
  }
};

}  // namespace

TEST_CASE("row 2: a name server that does not answer is within the connect timeout") {
  ScriptedResolver resolver;
  resolver.hang("objects.test");
  auto options = direct();
  options.connect_timeout = 200ms;
  const auto start = std::chrono::steady_clock::now();
  const auto exchange = get_with(options, "objects.test:80");
  CHECK(elapsed_since(start) >= 150ms);  // libcurl's clock is not ours.
  CHECK(elapsed_since(start) < ::test::kSoon);
  check_failure(exchange, ErrorCode::timeout, true);
  CHECK(exchange.status.error().message == "the connect timeout passed while resolving objects.test:80");
  CHECK_FALSE(exchange.request_sent);
}

TEST_CASE("a cancel and a deadline end the wait for a name server") {
  ScriptedResolver resolver;
  resolver.hang("objects.test");
  const auto check = [](const http::Exchange& exchange, ErrorCode code) {
    check_failure(exchange, code, false);
    CHECK(exchange.status.error().message.ends_with(" while resolving objects.test:80"));
  };
  auto start = std::chrono::steady_clock::now();
  {
    const Context context = Context::cancellable();
    const CancelOnce cancel(context, [&] { return resolver.hanging() == 1; });
    check(get_with(direct(), "objects.test:80", context), ErrorCode::cancelled);
  }
  CHECK(elapsed_since(start) < ::test::kSoon);

  http::Exchange late;
  CHECK(::test::with_more_time(50ms, [&](std::chrono::milliseconds limit) {
    const int before = resolver.hanging();
    start = std::chrono::steady_clock::now();
    late = get_with(direct(), "objects.test:80", Context::with_timeout(limit));
    CHECK(elapsed_since(start) < limit + ::test::kSoon);
    return resolver.hanging() > before;
  }));
  check(late, ErrorCode::timeout);
}

TEST_CASE("a name server that fails names the host") {
  ScriptedResolver resolver;
  resolver.answer("objects.test", {});
  const auto exchange = get_with(direct(), "objects.test:80");
  check_failure(exchange, ErrorCode::unavailable, true);
  CHECK(exchange.status.error().message == "cannot resolve objects.test:80");
}

TEST_CASE("row 5: of two addresses one is dead") {
  ScriptedServer server;
  server.always(faults::reply(200, "alive"));
  const std::string host = "objects.test:" + std::to_string(server.port());
  ScriptedResolver resolver;
  resolver.answer("objects.test", {"127.0.0.2", "127.0.0.1"});
  for (int i = 0; i < 4; ++i) {  // The transport shuffles addresses.
    const auto exchange = get_with(direct(), host);
    REQUIRE(exchange.status);
    CHECK(exchange.response.body == "alive");
  }
}

TEST_CASE("row 5: of two addresses one says nothing at all") {
  ScriptedServer server;
  server.always(faults::reply(200, "alive"));
  const BlackHole hole(server.port());
  const std::string host = "objects.test:" + std::to_string(server.port());
  ScriptedResolver resolver;
  resolver.answer("objects.test", {"127.0.0.2", "127.0.0.1"});
  auto options = direct();
  bool hole_was_first = false;  // The transport shuffles addresses.
  for (int i = 0; i < 30 && !hole_was_first; ++i) {
    http::Exchange exchange;
    CHECK(::test::with_more_time(700ms, [&](std::chrono::milliseconds limit) {
      options.connect_timeout = limit;
      const auto start = std::chrono::steady_clock::now();
      exchange = get_with(options, host);
      // The first address has half of it, unless that is less than libcurl's 300 ms.
      hole_was_first = elapsed_since(start) >= limit / 2;
      CHECK(elapsed_since(start) < limit + ::test::kSoon);
      return exchange.status.has_value();
    }));
    REQUIRE(exchange.status);
    CHECK(exchange.response.body == "alive");
  }
  CHECK(hole_was_first);
}
