#pragma once

#include "core/unique_fd.h"

#include <cloudkit/context.h>

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::http::loopback {

struct Wire;

/// An IP address and a port. No names: so a program can be linked fully static.
class Address {
 public:
  /// "127.0.0.1:9001", "[::1]:80", "localhost:80" (which is 127.0.0.1). Port 0 is for listening: a free one.
  /// Errors: `invalid_argument`.
  static Result<Address> parse(std::string_view text);
  /// Of a listening socket, with its actual port.
  static Result<Address> of(int socket);

  const std::string& text() const noexcept { return text_; }
  std::uint16_t port() const noexcept;
  int family() const noexcept { return storage_.ss_family; }
  const sockaddr* data() const noexcept { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const noexcept;

 private:
  void describe();

  sockaddr_storage storage_ = {};
  std::string text_;
};

/// Non-blocking, closed in child processes. Errors: `unavailable` (retryable), `timeout`, `cancelled`.
Result<core::UniqueFd> connect_to(const Address& address, Context::Clock::duration limit, const Context& context);
/// Non-blocking, closed in child processes. "[::]" takes IPv4 too. Errors: `conflict` the port is taken,
/// `permission_denied`, `unavailable`.
Result<core::UniqueFd> listen_on(const Address& address);
/// The next connection, non-blocking; or -1 with the cause in errno.
core::UniqueFd accept_from(int listener) noexcept;

/// Until one of `events` (of poll(2)) or an error is there: what is, or 0 when `until` has passed. Errors: as
/// Context::check.
Result<short> wait_for_socket(int socket, short events, const Context& context,
                              Context::Clock::time_point until = (Context::Clock::time_point::max)());

/// Whether the peer has closed its side, or broken the connection. Bytes that arrived before hide the end.
bool peer_is_gone(int socket) noexcept;
/// Whether the peer is there and has said nothing that was not read.
bool is_quiet(int socket) noexcept;

/// What is left to send of a message. Never raises SIGPIPE.
class Outgoing {
 public:
  explicit Outgoing(const Wire& wire);
  bool done() const noexcept;
  bool started() const noexcept { return sent_ > 0; }
  /// As much as goes out without waiting. False leaves the cause in errno.
  bool send_some(int socket) noexcept;

 private:
  static constexpr std::size_t kPieces = 3;
  std::string_view pieces_[kPieces];
  std::size_t sent_ = 0;
};

}  // namespace cloudkit::inline v0::http::loopback
