#include "compute/probe.h"

#include "core/unique_fd.h"
#include "support/more_time.h"
#include "support/scripted_compute.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace cloudkit;
using namespace cloudkit::test;
using std::chrono::milliseconds;

namespace {

// Something that listens on this machine.
class Listener {
 public:
  /// Also listens, where there is a backlog.
  explicit Listener(std::optional<int> backlog = {}) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    address_ = address;
    if (backlog) REQUIRE(::listen(fd_.get(), *backlog) == 0);
  }
  sockaddr_in address() const { return address_; }
  void listen() const { REQUIRE(::listen(fd_.get(), 8) == 0); }
  /// Answers one request with this.
  void answer(const std::string& reply) const {
    const core::UniqueFd peer(::accept(fd_.get(), nullptr, nullptr));
    char request[4096];
    (void)!::recv(peer.get(), request, sizeof request, 0);
    (void)!::send(peer.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
  }
  int port() const { return port_; }

 private:
  core::UniqueFd fd_;
  sockaddr_in address_{};
  int port_ = 0;
};

Instance at(std::string address) {
  Instance instance = instance_in(InstanceState::running);
  instance.private_ip = std::move(address);
  return instance;
}

}  // namespace

TEST_CASE("a port that is open is connected to, and a closed one is unavailable") {
  const Listener listener;
  const auto refused = compute::connect_tcp("127.0.0.1", listener.port(), {});
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::unavailable);
  CHECK(refused.error().message == "127.0.0.1 port " + std::to_string(listener.port()) + ": Connection refused");
  listener.listen();
  CHECK(compute::connect_tcp("127.0.0.1", listener.port(), {}));
  CHECK(compute::connect_tcp("localhost", listener.port(), {}));
}

TEST_CASE("an address that nothing answers at does not cost the next one its turn") {
  const Listener deaf(0);
  std::vector<core::UniqueFd> waiting;
  // Linux takes one more than the backlog says, and then drops what asks.
  for (int i = 0; i < 3; ++i) {
    waiting.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in there = deaf.address();
    (void)!::connect(waiting.back().get(), reinterpret_cast<sockaddr*>(&there), sizeof there);
  }
  const Listener listener(8);
  sockaddr_in second_address = listener.address();
  addrinfo second{};
  second.ai_family = AF_INET;
  second.ai_addr = reinterpret_cast<sockaddr*>(&second_address);
  second.ai_addrlen = sizeof second_address;
  sockaddr_in first_address = deaf.address();
  addrinfo first = second;
  first.ai_addr = reinterpret_cast<sockaddr*>(&first_address);
  CHECK(code_of(compute::connect_to_one_of(&first, Context::with_timeout(milliseconds(100)))) == "timeout");
  first.ai_next = &second;
  CHECK(::test::with_more_time(milliseconds(400), [&](milliseconds limit) {
    const auto connected = compute::connect_to_one_of(&first, Context::with_timeout(limit));
    return connected && *connected == 0;
  }));
}

TEST_CASE("a name that means nothing is unavailable, and a context ends a look") {
  const auto nowhere = compute::connect_tcp("nowhere.invalid", 22, Context::with_timeout(std::chrono::seconds(20)));
  REQUIRE(!nowhere);
  CHECK(nowhere.error().code == ErrorCode::unavailable);
  const Context ended = Context::cancellable();
  ended.cancel();
  const Listener listener;
  listener.listen();
  CHECK(code_of(compute::connect_tcp("nowhere.invalid", 22, ended)) == "cancelled");
  CHECK(code_of(compute::connect_tcp("127.0.0.1", listener.port(), ended)) == "cancelled");
}

TEST_CASE("a machine is reached by its public address, else its name, else within its network") {
  Instance instance = at("10.0.0.1");
  CHECK(compute::address_of(instance) == "10.0.0.1");
  instance.dns_name = "web.example";
  CHECK(compute::address_of(instance) == "web.example");
  instance.public_ip = "203.0.113.1";
  CHECK(compute::address_of(instance) == "203.0.113.1");
  CHECK(compute::filled_in("http://{host}:8080/x", "203.0.113.1") == "http://203.0.113.1:8080/x");
  CHECK(compute::filled_in("http://{host}/", "2001:db8::1") == "http://[2001:db8::1]/");
  CHECK(compute::filled_in("http://fixed/", "203.0.113.1") == "http://fixed/");
  CHECK(compute::filled_in("http://{host}/{host}?from={host}", "2001:db8::1") ==
        "http://[2001:db8::1]/2001:db8::1?from=2001:db8::1");
  CHECK(compute::filled_in("http://fixed?x={host}", "2001:db8::1") == "http://fixed?x=2001:db8::1");
}

TEST_CASE("a page that answers below 400 is ready, whatever it has to say") {
  const Listener listener;
  listener.listen();
  const compute::Prober prober;
  ReadyProbe probe;
  probe.http_url = "http://{host}:" + std::to_string(listener.port()) + "/";
  const auto look_at = [&](const std::string& reply) {
    std::thread server([&] { listener.answer(reply); });
    const auto seen = prober(at("127.0.0.1"), probe, Context::with_timeout(std::chrono::seconds(10)));
    server.join();
    return seen ? "ready" : seen.error().message;
  };
  CHECK(look_at("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok") == "ready");
  CHECK(look_at("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n") == "ready");
  CHECK(look_at("HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\nConnection: close\r\n\r\n") == "ready");
  CHECK(look_at("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n") ==
        "it answers with the status 502");
  CHECK(look_at("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnone") ==
        "it answers with the status 404");
  CHECK(look_at("HTTP/1.0 200 OK\r\n\r\nuntil the end") == "ready");
  CHECK(look_at("HTTP/1.0 503 Service Unavailable\r\n\r\nuntil the end") == "it answers with the status 503");
  CHECK(look_at("SSH-2.0-nonsense\r\n") != "ready");
}

TEST_CASE("what has no address yet is not ready yet") {
  const compute::Prober prober;
  ReadyProbe probe;
  probe.tcp_port = 22;
  const auto seen = prober(at(""), probe, {});
  REQUIRE(!seen);
  CHECK(seen.error().code == ErrorCode::unavailable);
  CHECK(seen.error().message == "it has no address yet");
}
