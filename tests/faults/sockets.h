#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

/// Loopback sockets for the broken servers. What goes wrong in making them throws.
namespace faults {

class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) noexcept : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket() { close(); }

  int fd() const noexcept { return fd_; }
  bool is_open() const noexcept { return fd_ >= 0; }
  void close() noexcept;
  /// Closes with RST instead of FIN.
  void reset() noexcept;
  /// Waits until it can be read: false when `limit` passed.
  bool readable_within(std::chrono::milliseconds limit) const noexcept;
  /// False when the peer is gone.
  bool write_all(std::string_view bytes) const noexcept;

 private:
  int fd_ = -1;
};

/// Listens on 127.0.0.1 and a free port.
Socket listen_on_loopback(int backlog = 64);
std::uint16_t port_of(const Socket& socket);
/// The next connection, or none when `limit` passed.
Socket accept_within(const Socket& listener, std::chrono::milliseconds limit);
Socket connect_to_loopback(std::uint16_t port);
/// SIGPIPE would end the test instead of failing it. For each thread that writes.
void block_sigpipe() noexcept;

}  // namespace faults
