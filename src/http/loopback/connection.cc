#include "http/loopback/connection.h"

#include "core/fail.h"
#include "http/loopback/serialize.h"

#include <fmt/format.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace cloudkit::inline v0::http::loopback {
namespace {

constexpr std::size_t kBuffer = std::size_t{64} << 10;
constexpr int kMostInterimReplies = 16;

Error broken(const Address& address, std::string what) {
  Error error = core::fail(ErrorCode::unavailable, fmt::format("{}: {}", address.text(), std::move(what)));
  error.retryable = true;
  return error;
}

}  // namespace

struct Connection::Attempt {
  bool request_sent = false;   // At least a byte.
  bool reply_started = false;  // At least a byte.
  bool peer_left = false;
};

Connection::Connection(Address address, ConnectionOptions options) : address_(std::move(address)), options_(options) {}

Result<Response> Connection::send(const Request& request, const Context& context) {
  const auto wire = serialize(request, address_.text());
  if (!wire) return wire.error();
  for (int attempts = 1;; ++attempts) {
    // Also what a server says unasked, such as 408, ends a connection.
    if (is_open() && (begin_ != end_ || !is_quiet(socket_.get()))) close();
    const bool reused = is_open();
    Attempt attempt;
    auto reply = exchange(*wire, request, context, attempt);
    if (reply) return reply;
    close();
    if (reused && attempt.peer_left && !attempt.reply_started) continue;
    Error error = std::move(reply).error();
    error.attempts = attempts;
    error.endpoint = address_.text();
    error.may_have_happened = attempt.request_sent && request.method != "GET" && request.method != "HEAD";
    return error;
  }
}

Result<Response> Connection::exchange(const Wire& wire, const Request& request, const Context& context,
                                      Attempt& attempt) {
  if (!is_open()) {
    auto socket = connect_to(address_, options_.connect_timeout, context);
    if (!socket) return std::move(socket).error();
    socket_ = std::move(*socket);
    begin_ = end_ = 0;
    buffer_.resize(kBuffer);
  }
  Outgoing outgoing(wire);
  for (int interim = 0; interim <= kMostInterimReplies; ++interim) {
    ResponseParser reply(request.method, options_.limits);
    if (auto status = pump(outgoing, reply, context, attempt); !status) return std::move(status).error();
    if (reply.status() == 101) return core::fail(ErrorCode::unknown, "malformed reply: 101 to no upgrade");
    if (reply.status() < 200) continue;
    // A reply that did not wait for the whole request leaves the rest of it behind.
    if (!reply.keep_alive() || !outgoing.done()) close();
    return reply.take();
  }
  return core::fail(ErrorCode::unknown, fmt::format("malformed reply: more than {} interim ones", kMostInterimReplies));
}

// Sends and receives until the reply is complete: a server may answer before it has read all.
Status Connection::pump(Outgoing& outgoing, ResponseParser& reply, const Context& context, Attempt& attempt) {
  bool writable = true;
  while (!reply.done()) {
    if (begin_ != end_) {
      const auto taken = reply.feed({buffer_.data() + begin_, end_ - begin_});
      if (!taken) return taken.error();
      begin_ += *taken;
      continue;
    }
    const bool sends = writable && !outgoing.done();
    const auto ready = wait_for_socket(socket_.get(), sends ? POLLIN | POLLOUT : POLLIN, context);
    if (!ready) return ready.error();
    if (sends && (*ready & POLLOUT) != 0) {
      // After a failure there may still be a reply that says why.
      writable = outgoing.send_some(socket_.get());
      attempt.request_sent = outgoing.started();
    }
    if ((*ready & ~POLLOUT) != 0) {
      if (auto status = receive(reply, attempt); !status) return status;
    }
  }
  return {};
}

Status Connection::receive(ResponseParser& reply, Attempt& attempt) {
  const ssize_t count = ::recv(socket_.get(), buffer_.data(), buffer_.size(), 0);
  if (count > 0) {
    attempt.reply_started = true;
    begin_ = 0;
    end_ = static_cast<std::size_t>(count);
    return {};
  }
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return {};
  attempt.peer_left = true;
  if (count < 0) return broken(address_, std::system_category().message(errno));
  if (auto status = reply.end_of_stream(); !status) return broken(address_, status.error().message);
  return {};
}

}  // namespace cloudkit::inline v0::http::loopback
