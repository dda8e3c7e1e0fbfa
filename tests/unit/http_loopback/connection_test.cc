#include "http/loopback/connection.h"

#include "faults/sockets.h"

#include <doctest/doctest.h>

#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <future>
#include <string>
#include <thread>
#include <vector>

using namespace cloudkit;
using namespace cloudkit::http::loopback;
using namespace std::chrono_literals;

namespace {

// What a server does with one connection.
struct Peer {
  faults::Socket socket;
  std::string seen = {};

  // Until the request has this end.
  void read_until(std::string_view end) {
    std::vector<char> chunk(65536);
    while (seen.find(end) == std::string::npos) {
      const ssize_t count = ::read(socket.fd(), chunk.data(), chunk.size());
      if (count <= 0) return;
      seen.append(chunk.data(), static_cast<std::size_t>(count));
    }
  }
  void say(std::string_view bytes) const { (void)socket.write_all(bytes); }
};

// One connection for each script; further ones are refused.
class ScriptedServer {
 public:
  using Script = std::function<void(Peer&)>;
  explicit ScriptedServer(std::vector<Script> scripts)
      : listener_(faults::listen_on_loopback()), port_(faults::port_of(listener_)) {
    thread_ = std::thread([this, scripts = std::move(scripts)] {
      for (const Script& script : scripts) {
        Peer peer{faults::accept_within(listener_, 5s)};
        if (!peer.socket.is_open()) return;
        script(peer);
        ++served;
      }
      listener_.close();
    });
  }
  ~ScriptedServer() { join(); }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  Address address() const { return Address::parse("127.0.0.1:" + std::to_string(port_)).value(); }

  int served = 0;  // Once joined.

 private:
  faults::Socket listener_;
  std::uint16_t port_;
  std::thread thread_;
};

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

Request post(std::string body) { return {"POST", "/", {}, std::move(body)}; }

}  // namespace

TEST_CASE("one connection carries one request after the other") {
  ScriptedServer server({[](Peer& peer) {
    for (const char* path : {"/1 ", "/2 ", "/3 "}) {
      peer.read_until(path);
      peer.read_until("\r\n\r\n");
      peer.say(kOk);
      peer.seen.clear();
    }
    peer.read_until("never");
  }});
  {
    Connection connection(server.address());
    CHECK_FALSE(connection.is_open());
    for (const char* target : {"/1", "/2", "/3"}) {
      const auto reply = connection.send({"GET", target});
      REQUIRE_MESSAGE(reply, reply.error());
      CHECK(reply->body == "ok");
      CHECK(connection.is_open());
    }
  }
  server.join();
  CHECK(server.served == 1);
}

TEST_CASE("a server that says close is believed") {
  ScriptedServer server(std::vector<ScriptedServer::Script>(2, [](Peer& peer) {
    peer.read_until("\r\n\r\n");
    peer.say("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
    peer.read_until("never");
  }));
  Connection connection(server.address());
  for (int i = 0; i < 2; ++i) {
    REQUIRE(connection.send({}));
    CHECK_FALSE(connection.is_open());
  }
}

TEST_CASE("a reply without a length ends with the connection") {
  ScriptedServer server({[](Peer& peer) {
    peer.read_until("\r\n\r\n");
    peer.say("HTTP/1.1 200 OK\r\n\r\nto the end");
  }});
  Connection connection(server.address());
  CHECK(connection.send({}).value().body == "to the end");
  CHECK_FALSE(connection.is_open());
}

TEST_CASE("a kept connection that the server has closed is replaced") {
  ScriptedServer server({[](Peer& peer) {
                           peer.read_until("\r\n\r\n");
                           peer.say(kOk);
                         },
                         [](Peer& peer) {
                           peer.read_until("again");
                           peer.say(kOk);
                         }});
  Connection connection(server.address());
  REQUIRE(connection.send({}));
  std::this_thread::sleep_for(10ms);  // So that mostly it is seen before the request is sent.
  CHECK(connection.send(post("again")).value().body == "ok");
}

TEST_CASE("a kept connection that ends under a request is replaced once") {
  ScriptedServer server({[](Peer& peer) {
                           peer.read_until("\r\n\r\n");
                           peer.say(kOk);
                           peer.read_until("again");
                           peer.socket.reset();
                         },
                         [](Peer& peer) { peer.read_until("again"); }});
  Connection connection(server.address());
  REQUIRE(connection.send({}));
  const auto reply = connection.send(post("again"));
  REQUIRE_FALSE(reply);
  CHECK(reply.error().message == server.address().text() + ": the connection was closed without a reply");
  CHECK(reply.error().code == ErrorCode::unavailable);
  CHECK(reply.error().attempts == 2);
  CHECK(reply.error().may_have_happened);
  server.join();
  CHECK(server.served == 2);
}

TEST_CASE("a new connection that ends is not replaced, nor one that has begun to answer") {
  ScriptedServer server({[](Peer& peer) { peer.read_until("first"); },
                         [](Peer& peer) {
                           peer.read_until("second");
                           peer.say(kOk);
                           peer.read_until("third");
                           peer.say("HTTP/1.1 2");
                         }});
  Connection connection(server.address());
  CHECK(connection.send(post("first")).error().attempts == 1);
  REQUIRE(connection.send(post("second")));
  const auto reply = connection.send(post("third"));
  REQUIRE_FALSE(reply);
  CHECK(reply.error().attempts == 1);
  CHECK(reply.error().message == server.address().text() + ": the reply was cut short");
  CHECK_FALSE(connection.is_open());
}

TEST_CASE("what a server says unasked belongs to no request") {
  ScriptedServer server({[](Peer& peer) {
                           peer.read_until("\r\n\r\n");
                           peer.say(std::string(kOk) + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
                           peer.read_until("never");
                         },
                         [](Peer& peer) {
                           peer.read_until("\r\n\r\n");
                           peer.say(kOk);
                         }});
  Connection connection(server.address());
  CHECK(connection.send({}).value().body == "ok");
  CHECK(connection.send({}).value().body == "ok");
}

TEST_CASE("what a server says after a reply is not taken for the next one's") {
  std::promise<void> replied;
  std::promise<void> said;
  ScriptedServer server({[&](Peer& peer) {
                           peer.read_until("\r\n\r\n");
                           peer.say(kOk);
                           replied.get_future().wait();
                           peer.say("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
                           said.set_value();
                           peer.read_until("never");
                         },
                         [](Peer& peer) {
                           peer.read_until("again");
                           peer.say(kOk);
                         }});
  Connection connection(server.address());
  REQUIRE(connection.send({}));
  replied.set_value();
  said.get_future().wait();
  const auto reply = connection.send(post("again"));
  REQUIRE_MESSAGE(reply, reply.error());
  CHECK(reply->status == 200);
  CHECK(reply->body == "ok");
}

TEST_CASE("interim replies are skipped, but not without end") {
  ScriptedServer server({[](Peer& peer) {
    peer.read_until("\r\n\r\n");
    peer.say("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
    peer.say(kOk);
    peer.seen.clear();
    peer.read_until("\r\n\r\n");
    for (int i = 0; i < 1000; ++i) peer.say("HTTP/1.1 102 Processing\r\n\r\n");
  }});
  Connection connection(server.address());
  CHECK(connection.send({}).value().body == "ok");
  CHECK(connection.send({}).error().message == "malformed reply: more than 16 interim ones");
}

TEST_CASE("nobody changes the protocol without being asked") {
  ScriptedServer server({[](Peer& peer) {
    peer.read_until("\r\n\r\n");
    peer.say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n");
  }});
  CHECK(Connection(server.address()).send({}).error().message == "malformed reply: 101 to no upgrade");
}

TEST_CASE("a reply that does not wait for the whole request is read") {
  ScriptedServer server({[](Peer& peer) {
    peer.read_until("\r\n\r\n");
    peer.say("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
    peer.read_until("never");
  }});
  Connection connection(server.address());
  const auto reply = connection.send(post(std::string(std::size_t{64} << 20, 'x')));
  REQUIRE_MESSAGE(reply, reply.error());
  CHECK(reply->status == 413);
  CHECK_FALSE(connection.is_open());
}

TEST_CASE("large bodies go both ways whole") {
  const std::string large(std::size_t{5} << 20, 'y');
  ScriptedServer server({[&large](Peer& peer) {
    peer.read_until("yyy\r\n0\r\n\r\n");
    peer.say("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(large.size()) + "\r\n\r\n" + large);
  }});
  Request request = post(large);
  request.chunked = true;
  CHECK(Connection(server.address()).send(request).value().body == large);
}

TEST_CASE("waiting ends with the caller's deadline or cancellation") {
  ScriptedServer server(std::vector<ScriptedServer::Script>(2, [](Peer& peer) { peer.read_until("never"); }));
  Connection connection(server.address());
  const auto late = connection.send({}, Context::with_timeout(20ms));
  REQUIRE_FALSE(late);
  CHECK(late.error().code == ErrorCode::timeout);
  CHECK_FALSE(late.error().may_have_happened);
  CHECK_FALSE(connection.is_open());  // Else the next request would get this one's reply.

  const Context context = Context::cancellable();
  std::thread canceller([&context] {
    std::this_thread::sleep_for(20ms);
    context.cancel();
  });
  CHECK(connection.send(post("x"), context).error().code == ErrorCode::cancelled);
  canceller.join();
}

TEST_CASE("a request that cannot be sent opens no connection") {
  Connection connection(Address::parse("127.0.0.1:1").value());
  CHECK(connection.send({"GET", "no path"}).error().code == ErrorCode::invalid_argument);
  CHECK_FALSE(connection.is_open());
}

TEST_CASE("a reply beyond the limits is an error, and ends the connection") {
  ScriptedServer server({[](Peer& peer) {
    peer.read_until("\r\n\r\n");
    peer.say(kOk);
    peer.read_until("never");
  }});
  ConnectionOptions options;
  options.limits.body_bytes = 1;
  Connection connection(server.address(), options);
  CHECK(connection.send({}).error().message == "malformed reply: a body of more than 1 bytes");
  CHECK_FALSE(connection.is_open());
}
