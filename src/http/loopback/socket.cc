#include "http/loopback/socket.h"

#include "core/context_wait.h"
#include "core/encode.h"
#include "core/fail.h"
#include "http/loopback/serialize.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace cloudkit::inline v0::http::loopback {
namespace {

using Clock = Context::Clock;
using std::chrono::milliseconds;

// Should a cancel not wake the poll for want of a descriptor, it still ends the wait within a second.
constexpr milliseconds kLongestPoll{500};

std::string text_of(int error_number) { return std::system_category().message(error_number); }

// What the system has no flag for at the making of a socket.
void prepare(int socket) noexcept {
#ifdef __APPLE__
  ::fcntl(socket, F_SETFD, FD_CLOEXEC);
  ::fcntl(socket, F_SETFL, O_NONBLOCK);
  const int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#else
  (void)socket;
#endif
}

void send_at_once(int socket) noexcept {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

core::UniqueFd make_socket(int family) noexcept {
#ifdef __APPLE__
  core::UniqueFd socket(core::above_standard(::socket(family, SOCK_STREAM, 0)));
#else
  core::UniqueFd socket(core::above_standard(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)));
#endif
  if (socket) prepare(socket.get());
  return socket;
}

// Rounded up, so that the wait does not end a moment too early and spin.
int poll_limit(Clock::time_point until) {
  const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
  return static_cast<int>(std::clamp(left, milliseconds(0), kLongestPoll).count());
}

Error connect_error(const Address& address, int error_number) {
  Error error = core::fail(ErrorCode::unavailable,
                           fmt::format("cannot connect to {}: {}", address.text(), text_of(error_number)));
  error.retryable = true;
  return error;
}

Error listen_error(const Address& address, int error_number) {
  const std::string message = fmt::format("cannot listen on {}: {}", address.text(), text_of(error_number));
  if (error_number == EADDRINUSE) {
    return core::fail(ErrorCode::conflict, message, "another program has the port; port 0 takes a free one");
  }
  if (error_number == EACCES || error_number == EPERM) {
    return core::fail(ErrorCode::permission_denied, message, "ports below 1024 are the administrator's");
  }
  return core::fail(ErrorCode::unavailable, message);
}

}  // namespace

Result<Address> Address::parse(std::string_view text) {
  const auto refuse = [text] {
    return core::invalid_argument(
        fmt::format("\"{}\" is not an IP address and a port", core::printable_excerpt(text, 80)),
        "such as 127.0.0.1:9001 or [::1]:9001");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return refuse();
  const auto port = core::parse_u64(text.substr(colon + 1));
  if (!port || *port > 65535) return refuse();
  std::string host(text.substr(0, colon));
  if (host == "localhost") host = "127.0.0.1";

  Address address;
  auto* ipv4 = reinterpret_cast<sockaddr_in*>(&address.storage_);
  auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&address.storage_);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    ipv6->sin6_family = AF_INET6;
    ipv6->sin6_port = htons(static_cast<std::uint16_t>(*port));
    if (::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &ipv6->sin6_addr) != 1) return refuse();
  } else {
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(static_cast<std::uint16_t>(*port));
    if (::inet_pton(AF_INET, host.c_str(), &ipv4->sin_addr) != 1) return refuse();
  }
  address.describe();
  return address;
}

Result<Address> Address::of(int socket) {
  Address address;
  socklen_t size = sizeof address.storage_;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address.storage_), &size) != 0) {
    return core::io_error("ask for a socket's address", errno);
  }
  address.describe();
  return address;
}

std::uint16_t Address::port() const noexcept {
  return ntohs(family() == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_port
                                    : reinterpret_cast<const sockaddr_in*>(&storage_)->sin_port);
}

socklen_t Address::size() const noexcept { return family() == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in); }

void Address::describe() {
  char host[INET6_ADDRSTRLEN] = {};
  const bool is_ipv6 = family() == AF_INET6;
  const void* bytes = is_ipv6 ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_addr)
                              : &reinterpret_cast<const sockaddr_in*>(&storage_)->sin_addr;
  ::inet_ntop(family(), bytes, host, sizeof host);
  text_ = is_ipv6 ? fmt::format("[{}]:{}", host, port()) : fmt::format("{}:{}", host, port());
}

Result<core::UniqueFd> connect_to(const Address& address, Clock::duration limit, const Context& context) {
  if (auto status = context.check(); !status) return std::move(status).error();
  core::UniqueFd socket = make_socket(address.family());
  if (!socket) return connect_error(address, errno);
  send_at_once(socket.get());
  if (::connect(socket.get(), address.data(), address.size()) == 0) return socket;
  if (errno != EINPROGRESS && errno != EINTR) return connect_error(address, errno);
  const auto ready = wait_for_socket(socket.get(), POLLOUT, context, Clock::now() + limit);
  if (!ready) return ready.error();
  if (*ready == 0) return connect_error(address, ETIMEDOUT);
  int problem = 0;
  socklen_t size = sizeof problem;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &problem, &size) != 0) problem = errno;
  if (problem != 0) return connect_error(address, problem);
  return socket;
}

Result<core::UniqueFd> listen_on(const Address& address) {
  core::UniqueFd socket = make_socket(address.family());
  if (!socket) return listen_error(address, errno);
  const int on = 1;
  const int off = 0;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.family() == AF_INET6) ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (::bind(socket.get(), address.data(), address.size()) != 0 || ::listen(socket.get(), SOMAXCONN) != 0) {
    return listen_error(address, errno);
  }
  return socket;
}

core::UniqueFd accept_from(int listener) noexcept {
#ifdef __APPLE__
  core::UniqueFd socket(core::above_standard(::accept(listener, nullptr, nullptr)));
#else
  core::UniqueFd socket(core::above_standard(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)));
#endif
  if (!socket) return socket;
  prepare(socket.get());
  send_at_once(socket.get());
  return socket;
}

Result<short> wait_for_socket(int socket, short events, const Context& context, Clock::time_point until) {
  std::vector<pollfd> polls = {{socket, events, 0}};
  for (const int wake : ContextAccess::wake_descriptors(context)) polls.push_back({wake, POLLIN, 0});
  const auto deadline = context.deadline().value_or(Clock::time_point::max());
  while (true) {
    if (auto status = context.check(); !status) return std::move(status).error();
    // Looked at once also when the time is over: what is there is there.
    if (::poll(polls.data(), static_cast<nfds_t>(polls.size()), poll_limit(std::min(until, deadline))) < 0) continue;
    if (polls.front().revents != 0) return polls.front().revents;
    if (Clock::now() >= until) return short{0};
  }
}

bool peer_is_gone(int socket) noexcept {
  char byte = 0;
  const ssize_t count = ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

bool is_quiet(int socket) noexcept {
  char byte = 0;
  const ssize_t count = ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

Outgoing::Outgoing(const Wire& wire) : pieces_{wire.head, wire.body, wire.tail} {}

bool Outgoing::done() const noexcept {
  return std::all_of(std::begin(pieces_), std::end(pieces_), [](std::string_view piece) { return piece.empty(); });
}

bool Outgoing::send_some(int socket) noexcept {
  iovec parts[kPieces];
  std::size_t count = 0;
  for (const std::string_view piece : pieces_) {
    if (!piece.empty()) parts[count++] = {const_cast<char*>(piece.data()), piece.size()};
  }
  msghdr message = {};
  message.msg_iov = parts;
  message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(count);
#ifdef MSG_NOSIGNAL
  const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
#else
  const ssize_t sent = ::sendmsg(socket, &message, 0);  // SO_NOSIGPIPE does it.
#endif
  if (sent < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  sent_ += static_cast<std::size_t>(sent);
  auto left = static_cast<std::size_t>(sent);
  for (std::string_view& piece : pieces_) {
    const std::size_t size = std::min(left, piece.size());
    piece.remove_prefix(size);
    left -= size;
  }
  return true;
}

}  // namespace cloudkit::inline v0::http::loopback
