#pragma once

#include "faults/certificates.h"
#include "faults/sockets.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace faults {

/// One thing that the server does.
struct Step {
  enum class Kind { send, slice, pause, stall, read_body, close, drop, reset };
  Kind kind = Kind::send;
  std::string bytes = {};
  std::chrono::milliseconds time{0};
};

Step send(std::string bytes);
/// Byte by byte, with a pause after each.
Step slice(std::string bytes, std::chrono::milliseconds pause = std::chrono::milliseconds(0));
Step pause(std::chrono::milliseconds time);
Step stall();      ///< Says nothing more until the client or the server goes.
Step read_body();  ///< For an `early` script: now read the request's body.
Step close();      ///< In order: over TLS with close_notify.
Step drop();       ///< FIN without close_notify: what cuts a TLS stream.
Step reset();      ///< RST.

/// What the server does with one request, as a rule after it has read all of it.
struct Script {
  std::vector<Step> steps = {};
  bool early = false;  ///< Begins when the request's head is there.

  Script() = default;
  Script(std::initializer_list<Step> list) : steps(list) {}
  Script(std::string reply) : steps{send(std::move(reply))} {}  // NOLINT(google-explicit-constructor)
  Script(const char* reply) : Script(std::string(reply)) {}     // NOLINT(google-explicit-constructor)
};
Script early(std::initializer_list<Step> steps);

/// "HTTP/1.1 STATUS", the headers (each line ending in CRLF), Content-Length and the body.
std::string reply(int status, std::string_view body = {}, std::string_view headers = {});

struct ServerOptions {
  std::optional<Certificate> tls = {};
  bool tls_1_1_only = false;
  bool tls_1_2_only = false;
  std::string client_ca_file = {};  ///< Who signs the certificates that clients must have; "": they need none.
};

/// An HTTP server on a loopback port that answers as it is told, however wrong, and records
/// exactly what it was sent. It keeps connections open unless a script closes them.
class ScriptedServer {
 public:
  explicit ScriptedServer(ServerOptions options = {});
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer();

  std::uint16_t port() const noexcept { return port_; }
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }

  /// For the next request that has no script yet.
  void then(Script script);
  /// For every request after those. Without it they are answered 500.
  void always(Script script);
  /// Asked first, by the head of a request: for servers that remember. From several threads.
  using Answer = std::function<std::optional<Script>(const std::string& head)>;
  void answer(Answer answer);
  /// For the next connection, before TLS and before any request.
  void on_connect(Script script);

  /// Head and body of each request, in the order of their arrival.
  std::vector<std::string> requests() const;
  int connections() const noexcept { return connections_; }
  /// Those that it has not closed yet.
  int open_connections() const noexcept { return open_connections_; }

 private:
  class Connection;

  void accept_all();
  void serve(Connection& connection);
  Script next_script(const std::string& head);
  std::size_t record(std::string bytes);
  void record_more(std::size_t index, std::string_view bytes);

  const ServerOptions options_;
  const Socket listener_;
  const std::uint16_t port_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  std::atomic<int> open_connections_{0};
  mutable std::mutex mutex_;
  std::deque<Script> scripts_;
  std::deque<Script> connect_scripts_;
  std::optional<Script> always_;
  Answer answer_;
  std::vector<std::string> requests_;
  std::list<std::thread> workers_;  // Only the acceptor touches it while it runs.
  std::thread acceptor_;
};

}  // namespace faults
