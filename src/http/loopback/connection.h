#pragma once

#include "http/loopback/parser.h"
#include "http/loopback/socket.h"

#include <chrono>
#include <vector>

namespace cloudkit::inline v0::http::loopback {

struct ConnectionOptions {
  Limits limits = {};
  Context::Clock::duration connect_timeout = std::chrono::seconds(1);
};

/// A client's connection, kept from one request to the next. Opened by the first. Not thread-safe.
class Connection {
 public:
  explicit Connection(Address address, ConnectionOptions options = {});

  /// One exchange. Waits for the reply without any limit but the context's. A connection that was kept, and that ends
  /// before the first byte of the reply, is replaced once: the server had closed it. Interim replies are skipped.
  /// Errors: `unavailable` (network), `unknown` (no HTTP), `timeout`, `cancelled`, `invalid_argument`; with
  /// `attempts`, and with `may_have_happened` when a byte was sent of anything but GET and HEAD.
  Result<Response> send(const Request& request, const Context& context = {});

  bool is_open() const noexcept { return static_cast<bool>(socket_); }
  void close() noexcept { socket_.reset(); }
  const Address& address() const noexcept { return address_; }

 private:
  struct Attempt;

  Result<Response> exchange(const Wire& wire, const Request& request, const Context& context, Attempt& attempt);
  Status pump(Outgoing& outgoing, ResponseParser& reply, const Context& context, Attempt& attempt);
  Status receive(ResponseParser& reply, Attempt& attempt);

  const Address address_;
  const ConnectionOptions options_;
  core::UniqueFd socket_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // Of what was read from the socket and by no parser.
  std::size_t end_ = 0;
};

}  // namespace cloudkit::inline v0::http::loopback
