#include "http/loopback/server.h"

#include "faults/sockets.h"
#include "http/loopback/connection.h"
#include "started.h"
#include "support/quiet_log.h"
#include "support/soon.h"

#include <doctest/doctest.h>

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace cloudkit;
using namespace cloudkit::http::loopback;
using namespace std::chrono_literals;

namespace {

Response echo(const Request& request, const Context&) {
  Response response;
  response.headers.add("X-Target", request.target);
  response.headers.add("X-Method", request.method);
  response.body = request.body;
  return response;
}

// All that the server says until it closes, which it has to.
std::string raw(const Server& server, std::string_view bytes, bool ends = true) {
  const faults::Socket socket = faults::connect_to_loopback(server.port());
  (void)socket.write_all(bytes);
  if (ends) ::shutdown(socket.fd(), SHUT_WR);
  std::string said;
  char chunk[4096];
  while (socket.readable_within(30s)) {
    const ssize_t count = ::read(socket.fd(), chunk, sizeof chunk);
    if (count <= 0) return said;
    said.append(chunk, static_cast<std::size_t>(count));
  }
  FAIL_CHECK("the server does not close the connection");
  return said;
}

std::string status_line(const std::string& said) { return said.substr(0, said.find("\r\n")); }

}  // namespace

TEST_CASE("a server answers what it is asked, on one connection and on many") {
  const auto server = start(echo);
  CHECK(server->authority() == "127.0.0.1:" + std::to_string(server->port()));
  Connection connection = connect(*server);
  for (int i = 0; i < 3; ++i) {
    const auto reply = connection.send({"PUT", "/a?b=" + std::to_string(i), {}, "body"});
    REQUIRE_MESSAGE(reply, reply.error());
    CHECK(reply->status == 200);
    CHECK(reply->headers.get("X-Target") == "/a?b=" + std::to_string(i));
    CHECK(reply->headers.get("X-Method") == "PUT");
    CHECK(reply->body == "body");
    CHECK(connection.is_open());
  }
  CHECK(connect(*server).send({}).value().headers.get("X-Method") == "GET");
}

TEST_CASE("a server has an IPv6 face where the machine has one") {
  const auto server = Server::start({.address = "[::1]:0"}, echo);
  if (!server) return;  // A container without IPv6.
  CHECK((*server)->authority().starts_with("[::1]:"));
  CHECK(connect(**server).send({}).value().status == 200);
}

TEST_CASE("HEAD is told the length of what it does not get") {
  const auto server = start([](const Request&, const Context&) { return Response{.body = "hello"}; });
  Connection connection = connect(*server);
  const auto reply = connection.send({"HEAD", "/"});
  REQUIRE(reply);
  CHECK(reply->headers.get("Content-Length") == "5");
  CHECK(reply->body.empty());
  CHECK(connection.send({"GET", "/"}).value().body == "hello");
}

TEST_CASE("requests may be sent before the replies are read") {
  const auto server = start(echo);
  const std::string said =
      raw(*server,
          "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\none"
          "POST /2 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"
          "GET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\nGET /4 HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::size_t one = said.find("\r\n\r\none");
  const std::size_t two = said.find("\r\n\r\ntwo");
  const std::size_t three = said.find("X-Target: /3");
  CHECK(one < two);
  CHECK(two < three);
  CHECK(three != std::string::npos);
  CHECK(said.find("/4") == std::string::npos);
}

TEST_CASE("HTTP/1.0 is closed after its reply") {
  const auto server = start(echo);
  const std::string said = raw(*server, "POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nok", false);
  CHECK(status_line(said) == "HTTP/1.1 200 OK");
  CHECK(said.find("Connection: close\r\n") != std::string::npos);
  CHECK(said.ends_with("\r\n\r\nok"));
}

TEST_CASE("a client that waits to be told so is told to continue, once") {
  const auto server = start(echo);
  const faults::Socket socket = faults::connect_to_loopback(server->port());
  REQUIRE(socket.write_all("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
  char chunk[4096];
  const ssize_t count = ::read(socket.fd(), chunk, sizeof chunk);
  CHECK(std::string(chunk, static_cast<std::size_t>(count)) == "HTTP/1.1 100 Continue\r\n\r\n");
  REQUIRE(socket.write_all("ok"));
  const ssize_t rest = ::read(socket.fd(), chunk, sizeof chunk);
  CHECK(std::string(chunk, static_cast<std::size_t>(rest)).starts_with("HTTP/1.1 200 OK\r\n"));
  // Not one that has sent its body already, and none that wants something else.
  CHECK(raw(*server, "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok")
            .starts_with("HTTP/1.1 200 OK"));
  CHECK(raw(*server, "GET / HTTP/1.1\r\nHost: h\r\nExpect: wonders\r\n\r\n")
            .starts_with("HTTP/1.1 417 Expectation Failed"));
}

TEST_CASE("what is refused is told why, and ends the connection") {
  const auto server = start(echo, {.limits = {1000, 10, 100}});
  const auto said = [&](std::string_view bytes) { return raw(*server, bytes); };
  CHECK(status_line(said("nonsense\r\n\r\n")) == "HTTP/1.1 400 Bad Request");
  CHECK(said("GET / HTTP/1.1\r\nHost: h\r\n\r\nnonsense\r\n\r\n").ends_with("\r\n\r\nnot a request line\n"));
  CHECK(status_line(said("GET /" + std::string(2000, 'a'))) == "HTTP/1.1 431 Request Header Fields Too Large");
  CHECK(status_line(said("GET / HTTP/3.0\r\n\r\n")) == "HTTP/1.1 505 HTTP Version Not Supported");
  const std::string big =
      said("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 500000\r\n\r\n" + std::string(500000, 'x'));
  CHECK(status_line(big) == "HTTP/1.1 413 Content Too Large");
  CHECK(big.find("Connection: close\r\n") != std::string::npos);
  CHECK(connect(*server).send({}).value().status == 200);
}

TEST_CASE("our own client understands a refusal") {
  const auto server = start(echo, {.limits = {1000, 10, 100}});
  Connection connection = connect(*server);
  for (const bool chunked : {false, true}) {
    const auto reply = connection.send({"POST", "/", {}, std::string(std::size_t{4} << 20, 'x'), chunked});
    REQUIRE_MESSAGE(reply, reply.error());
    CHECK(reply->status == 413);
    CHECK(reply->body == "a body of more than 100 bytes\n");
  }
}

TEST_CASE("what a handler throws becomes a 500 that tells nothing, and the next request works") {
  quiet_log();
  const auto server = start([](const Request& request, const Context& context) -> Response {
    if (request.target == "/throw") throw std::runtime_error("what the handler says of itself");
    if (request.target == "/int") throw 7;
    Response response = echo(request, context);
    if (request.target == "/status") response.status = 42;
    if (request.target == "/split") response.headers.add("A", "b\r\nC: d");
    return response;
  });
  Connection connection = connect(*server);
  for (const char* target : {"/throw", "/int", "/status", "/split"}) {
    CAPTURE(target);
    const auto reply = connection.send({"GET", target});
    REQUIRE_MESSAGE(reply, reply.error());
    CHECK(reply->status == 500);
    CHECK(reply->body == "internal error\n");
    CHECK(connection.send({}).value().status == 200);
  }
  set_log_sink({});
}

TEST_CASE("a client that dawdles is given up") {
  // One short limit each: on a busy machine another one could pass first.
  using Limit = std::chrono::milliseconds ServerOptions::*;
  const auto impatient = [](Limit limit) {
    ServerOptions options;
    options.head_timeout = options.request_timeout = options.idle_timeout = 60s;
    if (limit != nullptr) options.*limit = 30ms;
    return start(echo, options);
  };
  CHECK(status_line(raw(*impatient(&ServerOptions::head_timeout), "GET / HT", false)) ==
        "HTTP/1.1 408 Request Timeout");
  CHECK(status_line(raw(*impatient(&ServerOptions::request_timeout),
                        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc", false)) ==
        "HTTP/1.1 408 Request Timeout");
  CHECK(raw(*impatient(&ServerOptions::idle_timeout), "", false).empty());
  CHECK(raw(*impatient(nullptr), "GET / HT").empty());  // It has gone itself.
}

TEST_CASE("a client that takes no byte is given up") {
  ServerOptions options;
  options.write_timeout = 50ms;
  options.max_connections = 1;
  const auto server =
      start([](const Request&, const Context&) { return Response{.body = std::string(std::size_t{32} << 20, 'x')}; },
            options);
  const faults::Socket socket = faults::connect_to_loopback(server->port());
  REQUIRE(socket.write_all("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  CHECK(::test::soon([&] {
    const auto reply = connect(*server).send({"HEAD", "/"});
    return reply && reply->status == 200;
  }));
}

TEST_CASE("clients beyond the limit are told so, and there is room again when one leaves") {
  const auto server = start(echo, {.max_connections = 2});
  Connection first = connect(*server);
  Connection second = connect(*server);
  REQUIRE(first.send({}));
  REQUIRE(second.send({}));
  const std::string said = raw(*server, "", false);
  CHECK(status_line(said) == "HTTP/1.1 503 Service Unavailable");
  first.close();
  CHECK(::test::soon([&] {
    const auto reply = connect(*server).send({});
    return reply && reply->status == 200;
  }));
}

TEST_CASE("a handler learns that its client has gone") {
  std::atomic<bool> waits{false};
  std::atomic<bool> learnt{false};
  const auto server = start([&](const Request&, const Context& context) {
    waits = true;
    learnt = context.wait_for(10s).has_value() ? false : context.cancelled();
    return Response{};
  });
  {
    const faults::Socket socket = faults::connect_to_loopback(server->port());
    REQUIRE(socket.write_all("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    while (!waits) std::this_thread::sleep_for(1ms);
  }
  CHECK(::test::soon([&] { return learnt.load(); }));
}

TEST_CASE("eight clients at once each get their own reply") {
  const auto server = start(echo);
  std::vector<std::thread> clients;
  std::atomic<int> right{0};
  for (int client = 0; client < 8; ++client) {
    clients.emplace_back([&, client] {
      Connection connection = connect(*server);
      for (int i = 0; i < 50; ++i) {
        const std::string body =
            std::to_string(client) + " " + std::to_string(i) + std::string(static_cast<std::size_t>(i) * 1000, 'x');
        const auto reply = connection.send({"POST", "/", {}, body});
        if (reply && reply->body == body) ++right;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  CHECK(right == 400);
}

TEST_CASE("where a server cannot listen it says so") {
  CHECK(Server::start({.address = "example.com:80"}, echo).error().code == ErrorCode::invalid_argument);
  const auto server = start(echo);
  CHECK(Server::start({.address = server->authority()}, echo).error().code == ErrorCode::conflict);
}
