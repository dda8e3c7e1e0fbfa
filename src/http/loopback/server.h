#pragma once

#include "http/loopback/message.h"

#include <cloudkit/context.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace cloudkit::inline v0::http::loopback {

/// Answers a request, on a thread of the server's, several at a time. The context is cancelled within a second when
/// the client closes its connection (also only its sending side), and when the server's grace is over. What it throws,
/// and a response that cannot be sent, becomes a 500 that tells the client nothing, and a line in the log.
using Handler = std::function<Response(const Request&, const Context&)>;

struct ServerOptions {
  std::string address = "127.0.0.1:0";  ///< As Address::parse; port 0 takes a free one.
  Limits limits = {};
  std::size_t max_connections = 64;  ///< Each has a thread while it is open. Further ones get 503.
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(60);     ///< Between two requests.
  std::chrono::milliseconds head_timeout = std::chrono::seconds(10);     ///< From a request's first byte to its body.
  std::chrono::milliseconds request_timeout = std::chrono::seconds(60);  ///< From its first byte to its last.
  std::chrono::milliseconds write_timeout = std::chrono::seconds(30);    ///< How long a client may take no byte.
};

/// Listens and answers until it is stopped. Thread-safe.
class Server {
 public:
  /// Errors: `invalid_argument`, and as listen_on.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Handler handler);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// As `stop`.
  ~Server();

  std::uint16_t port() const noexcept;
  /// "127.0.0.1:41234", as it is for Host and URLs.
  const std::string& authority() const noexcept;

  /// Takes no more requests; those that have begun go on. Safe in a signal handler and in the server's own.
  void request_stop() const noexcept;
  /// As `request_stop`; then waits until all is answered, after `grace` with the contexts cancelled, and for as long
  /// as a handler takes. In the server's own handler it only asks.
  void stop(std::chrono::milliseconds grace = std::chrono::milliseconds(0));

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cloudkit::inline v0::http::loopback
