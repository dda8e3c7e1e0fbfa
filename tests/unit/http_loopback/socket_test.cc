#include "http/loopback/socket.h"

#include <doctest/doctest.h>

#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <latch>
#include <thread>

using namespace cloudkit;
using namespace cloudkit::http::loopback;
using namespace std::chrono_literals;

TEST_CASE("an address is an IP and a port") {
  const auto text = [](std::string_view given) { return Address::parse(given).value().text(); };
  CHECK(text("127.0.0.1:9001") == "127.0.0.1:9001");
  CHECK(text("localhost:80") == "127.0.0.1:80");
  CHECK(text("[::1]:65535") == "[::1]:65535");
  CHECK(text("[0:0::1]:1") == "[::1]:1");
  CHECK(text("0.0.0.0:0") == "0.0.0.0:0");
  CHECK(Address::parse("169.254.100.1:9001").value().port() == 9001);
}

TEST_CASE("anything else is no address") {
  for (const char* text :
       {"", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:1x", "127.1:1", "::1:1",
        "[::1]", "[]:1", "[127.0.0.1]:1", "example.com:80", "127.0.0.1 :1", "http://127.0.0.1:1", "1.2.3.4:1:1"}) {
    CAPTURE(text);
    const auto address = Address::parse(text);
    REQUIRE_FALSE(address);
    CHECK(address.error().code == ErrorCode::invalid_argument);
    CHECK(address.error().hint == "such as 127.0.0.1:9001 or [::1]:9001");
  }
  CHECK(Address::parse("a\nb:1").error().message == "\"a?b:1\" is not an IP address and a port");
}

TEST_CASE("who is not there is said with its address") {
  auto listener = listen_on(Address::parse("127.0.0.1:0").value()).value();
  const Address address = Address::of(listener.get()).value();
  listener.reset();
  const auto socket = connect_to(address, 1s, {});
  REQUIRE_FALSE(socket);
  CHECK(socket.error().code == ErrorCode::unavailable);
  CHECK(socket.error().retryable);
  CHECK(socket.error().message == "cannot connect to " + address.text() + ": Connection refused");
}

TEST_CASE("a port is one program's") {
  const auto listener = listen_on(Address::parse("127.0.0.1:0").value()).value();
  const Address address = Address::of(listener.get()).value();
  const auto second = listen_on(address);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ErrorCode::conflict);
  CHECK(second.error().message == "cannot listen on " + address.text() + ": Address already in use");
  CHECK(second.error().hint == "another program has the port; port 0 takes a free one");
}

TEST_CASE("waiting ends with time, cancellation and deadline") {
  const auto listener = listen_on(Address::parse("127.0.0.1:0").value()).value();
  const auto ready = wait_for_socket(listener.get(), 1, {}, Context::Clock::now() + 5ms);
  REQUIRE(ready);
  CHECK(*ready == 0);
  const Context cancelled = Context::cancellable();
  cancelled.cancel();
  CHECK(wait_for_socket(listener.get(), 1, cancelled).error().code == ErrorCode::cancelled);
  CHECK(wait_for_socket(listener.get(), 1, Context::with_timeout(5ms)).error().code == ErrorCode::timeout);
  CHECK(connect_to(Address::of(listener.get()).value(), 1s, cancelled).error().code == ErrorCode::cancelled);
}

TEST_CASE("waiting ends with a cancel also where no descriptor is left to be woken by") {
  const auto listener = listen_on(Address::parse("127.0.0.1:0").value()).value();
  const Context context = Context::cancellable();
  std::latch begun(1);
  std::thread canceller([&] {
    begun.count_down();
    std::this_thread::sleep_for(200ms);
    context.cancel();
  });
  begun.wait();  // UBSan needs descriptors for what a thread begins with.
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  // Those that are open stay open, and a poll takes one.
  const rlimit none{1, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const auto waited = wait_for_socket(listener.get(), POLLIN, context, Context::Clock::now() + 30s);
  ::setrlimit(RLIMIT_NOFILE, &before);
  canceller.join();
  REQUIRE_FALSE(waited);
  CHECK(waited.error().code == ErrorCode::cancelled);
}
