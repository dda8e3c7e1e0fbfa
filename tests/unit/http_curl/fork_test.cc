#include "faults/scripted_server.h"
#include "support.h"
#include "support/global_destructor.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

// A process that forks has its kept connections twice.
using namespace cloudkit;
using namespace http_curl;
using faults::reply;
using faults::ScriptedServer;

namespace {

// The exit code of a child that does nothing but this.
int in_child(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work());
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

struct Kept {
  faults::TestAuthority authority;
  faults::ServerOptions options;
  http::Request request;
  std::unique_ptr<ScriptedServer> server;
  std::shared_ptr<http::Transport> transport;

  // A transport that keeps a connection to a server.
  explicit Kept(bool tls) {
    if (tls) options.tls = authority.issue({});
    server = std::make_unique<ScriptedServer>(options);
    server->always(reply(200, pattern(100'000)));
    request = request_to(server->host());
    request.scheme = tls ? "https" : "http";
    auto trusting = test_options();
    trusting.ca_file = authority.ca_file();
    transport = http::make_curl_transport(trusting);
    REQUIRE(send().status);
    REQUIRE(send().connection_reused);
  }
  http::Exchange send() const { return transport->send(request, nullptr, {}); }
};

}  // namespace

TEST_CASE("after fork the child opens a connection of its own, and the parent keeps its own") {
  for (const bool tls : {false, true}) {
    CAPTURE(tls);
    const Kept kept(tls);
    const int child = in_child([&] {
      const auto first = kept.send();
      const auto second = kept.send();
      const bool right = first.status && second.status && first.response.body == pattern(100'000) &&
                         second.response.body == pattern(100'000);
      return !right ? 1 : first.connection_reused ? 2 : !second.connection_reused ? 3 : 0;
    });
    CHECK(child == 0);
    const auto after = kept.send();
    REQUIRE(after.status);
    CHECK(after.connection_reused);
    CHECK((after.response.body == pattern(100'000)));
    CHECK(kept.server->connections() == 2);
  }
}

TEST_CASE("where the standard descriptors are closed, what is written to them reaches no server") {
  const Kept kept(false);
  const int child = in_child([&] {
    for (const int fd : {0, 1, 2}) ::close(fd);
    const auto first = kept.send();
    if (!first.status || first.connection_reused) return 1;
    for (const int fd : {0, 1, 2}) {
      sockaddr_storage peer{};
      socklen_t size = sizeof peer;
      const bool connected = ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
      if (connected && peer.ss_family != AF_UNIX) return 2;  // Of libcurl's own there may be a pair.
    }
    return kept.send().connection_reused ? 0 : 3;
  });
  CHECK(child == 0);
}

TEST_CASE("a child that drops the transport, used or not, does not close the parent's connection") {
  for (const bool tls : {false, true}) {
    for (const bool used : {false, true}) {
      CAPTURE(tls);
      CAPTURE(used);
      Kept kept(tls);
      const int child = in_child([&] {
        if (used && !kept.send().status) return 1;
        kept.transport.reset();
        return 0;
      });
      CHECK(child == 0);
      const auto after = kept.send();
      REQUIRE(after.status);
      CHECK(after.connection_reused);
    }
  }
}

TEST_CASE("a global that is older than the transport is refused as it is destroyed, and does not crash") {
  const Kept kept(true);
  CHECK(::test::works_in_global_destructor([&kept, calls = 0]() mutable {
    const auto sent = kept.send();
    if (++calls == 1) return static_cast<bool>(sent.status);
    return !sent.status && sent.status.error().code == ErrorCode::unsupported &&
           sent.status.error().message == "the program is ending, and OpenSSL has ended" &&
           sent.status.error().hint == "open the handle before what uses it in its destructor is constructed";
  }));
}
