#pragma once

#include "core/unique_fd.h"
#include "http/loopback/parser.h"
#include "http/loopback/serialize.h"
#include "http/loopback/server.h"

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::http::loopback {

/// The clients that wait for an answer. Thread-safe.
class ClientWatch {
 public:
  /// A context that is cancelled with `parent` and when `look` finds the peer of `socket` gone.
  Context begin(int socket, const Context& parent);
  void end(int socket);
  void look();
  bool is_empty() const;

 private:
  mutable std::mutex mutex_;
  std::map<int, Context> waiting_;
};

/// What the connections of a server share.
struct ServerShare {
  ServerOptions options;
  Handler handler;
  Context stop = Context::cancellable();   ///< No more requests.
  Context abort = Context::cancellable();  ///< The grace is over.
  ClientWatch watch = {};
};

/// The server's side of one connection.
class ServerConnection {
 public:
  ServerConnection(core::UniqueFd socket, ServerShare& share);
  /// Until either side has had enough.
  void run();

  /// To a client for which there is no room.
  static void turn_away(core::UniqueFd socket);

 private:
  using Clock = Context::Clock;
  enum class Read { complete, closed };

  bool serve_one();
  bool wait_for_request();
  Result<Read> read_request(RequestParser& parser);
  Result<std::size_t> receive();
  Response answer(const Request& request);
  bool reply(const Response& response, const ReplyFraming& framing);
  bool refuse(const Error& error);
  bool send(const Wire& wire);
  void linger();
  bool has_unread() const noexcept { return begin_ != end_; }

  const core::UniqueFd socket_;
  ServerShare& share_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // Of what was received and by no parser.
  std::size_t end_ = 0;
};

}  // namespace cloudkit::inline v0::http::loopback
