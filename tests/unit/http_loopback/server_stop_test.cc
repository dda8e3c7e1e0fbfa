#include "faults/sockets.h"
#include "http/loopback/connection.h"
#include "http/loopback/server.h"
#include "started.h"
#include "support/stopwatch.h"

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>

using namespace cloudkit;
using namespace cloudkit::http::loopback;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

Response nothing(const Request&, const Context&) { return {}; }

}  // namespace

TEST_CASE("a stop ends connections that wait, and lets nobody in") {
  const auto server = start(nothing);
  Connection idle = connect(*server);
  REQUIRE(idle.send({}));
  const auto begun = Clock::now();
  server->stop(60s);
  CHECK(Clock::now() - begun < ::test::kSoon);
  CHECK(idle.send({}).error().code == ErrorCode::unavailable);
  server->stop();  // Again: nothing.
}

TEST_CASE("a request that has begun is answered within the grace, and the connection is not kept") {
  std::atomic<bool> began{false};
  const auto server = start([&](const Request&, const Context& context) {
    began = true;
    return Response{.status = context.wait_for(100ms) ? 200 : 504};
  });
  std::optional<Result<Response>> reply;
  Connection connection = connect(*server);
  std::thread client([&] { reply = connection.send({}); });
  while (!began) std::this_thread::sleep_for(1ms);
  server->stop(60s);
  client.join();
  REQUIRE(reply);
  REQUIRE(reply->has_value());
  CHECK((*reply)->status == 200);
  CHECK_FALSE(connection.is_open());
}

TEST_CASE("after the grace handlers are cancelled, and still answer") {
  std::atomic<bool> began{false};
  const auto server = start([&](const Request&, const Context& context) {
    began = true;
    return Response{.status = context.wait_for(60s) ? 200 : 504};
  });
  std::optional<Result<Response>> reply;
  std::thread client([&] { reply = connect(*server).send({}); });
  while (!began) std::this_thread::sleep_for(1ms);
  server->stop(20ms);
  client.join();
  REQUIRE(reply->has_value());
  CHECK((*reply)->status == 504);
}

TEST_CASE("a handler may ask for the end, and is not waited for by itself") {
  std::unique_ptr<Server> server;
  std::atomic<bool> ready{false};
  server = start([&](const Request&, const Context&) {
    while (!ready) std::this_thread::yield();
    server->stop(60s);
    return Response{};
  });
  ready = true;
  CHECK(connect(*server).send({}).value().status == 200);
  server->stop(60s);
  CHECK(connect(*server).send({}).error().code == ErrorCode::unavailable);
}

TEST_CASE("two threads may stop it at the same time, and a third destroy it after") {
  auto server = start(nothing);
  REQUIRE(connect(*server).send({}));
  std::thread one([&] { server->stop(1s); });
  std::thread two([&] { server->stop(); });
  server->request_stop();
  one.join();
  two.join();
  std::thread three([&] { server.reset(); });
  three.join();
}

TEST_CASE("a stop does not wait for a client that is in the middle of its request") {
  const auto server = start(nothing);
  const faults::Socket socket = faults::connect_to_loopback(server->port());
  REQUIRE(socket.write_all("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc"));
  std::this_thread::sleep_for(20ms);
  const auto begun = Clock::now();
  server->stop(50ms);
  CHECK(Clock::now() - begun < ::test::kSoon);
}

TEST_CASE("a server that nobody has asked anything ends at once") {
  const auto begun = Clock::now();
  start(nothing).reset();
  CHECK(Clock::now() - begun < ::test::kSoon);
}
