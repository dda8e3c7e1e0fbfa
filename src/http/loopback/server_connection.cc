#include "http/loopback/server_connection.h"

#include "core/encode.h"
#include "core/fail.h"
#include "core/log.h"
#include "http/loopback/socket.h"

#include <fmt/format.h>
#include <poll.h>

#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>

namespace cloudkit::inline v0::http::loopback {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kReceived = std::size_t{32} << 10;
// How long, and how much, is read of a client that was refused in the middle: closing with bytes unread would reset
// the connection, and the client might never see why.
constexpr milliseconds kLinger{500};
constexpr std::size_t kMostLingered = std::size_t{1} << 20;

Response text_response(int status, std::string_view text) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain; charset=utf-8");
  response.body = fmt::format("{}\n", text);
  return response;
}

}  // namespace

Context ClientWatch::begin(int socket, const Context& parent) {
  Context context = parent.child();
  const std::lock_guard lock(mutex_);
  waiting_.insert_or_assign(socket, context);
  return context;
}

void ClientWatch::end(int socket) {
  const std::lock_guard lock(mutex_);
  waiting_.erase(socket);
}

void ClientWatch::look() {
  const std::lock_guard lock(mutex_);
  for (const auto& [socket, context] : waiting_) {
    if (!context.cancelled() && peer_is_gone(socket)) context.cancel();
  }
}

bool ClientWatch::is_empty() const {
  const std::lock_guard lock(mutex_);
  return waiting_.empty();
}

ServerConnection::ServerConnection(core::UniqueFd socket, ServerShare& share)
    : socket_(std::move(socket)), share_(share), buffer_(kReceived) {}

void ServerConnection::turn_away(core::UniqueFd socket) {
  const Response response = text_response(503, "too many connections");
  const auto wire = serialize(response, {.keep_alive = false});
  if (!wire) return;
  Outgoing outgoing(*wire);
  outgoing.send_some(socket.get());
  ::shutdown(socket.get(), SHUT_WR);
}

void ServerConnection::run() {
  while (serve_one()) {
  }
}

// Whether another request may follow.
bool ServerConnection::serve_one() {
  if (!wait_for_request()) return false;
  RequestParser parser(share_.options.limits);
  const auto read = read_request(parser);
  if (!read) return refuse(read.error());
  if (*read == Read::closed) return false;
  const ReplyFraming framing{false, parser.keep_alive(), parser.minor_version()};
  const Request request = parser.take();
  const Response response = answer(request);
  return reply(response,
               {request.method == "HEAD", framing.keep_alive && !share_.stop.cancelled(), framing.minor_version});
}

bool ServerConnection::wait_for_request() {
  if (share_.stop.cancelled()) return false;
  if (has_unread()) return true;
  const auto ready = wait_for_socket(socket_.get(), POLLIN, share_.stop, Clock::now() + share_.options.idle_timeout);
  return ready && *ready != 0;
}

// Errors have the http_status to answer, or 0 where nobody would read it.
Result<ServerConnection::Read> ServerConnection::read_request(RequestParser& parser) {
  const auto begun = Clock::now();
  bool continued = false;
  while (!parser.done()) {
    if (has_unread()) {
      const auto taken = parser.feed({buffer_.data() + begin_, end_ - begin_});
      if (!taken) return taken.error();
      begin_ += *taken;
      continue;
    }
    if (parser.head_done() && parser.expects_continue() && !std::exchange(continued, true)) {
      if (!send({.head = "HTTP/1.1 100 Continue\r\n\r\n"})) return Read::closed;
    }
    const auto limit = parser.head_done() ? share_.options.request_timeout : share_.options.head_timeout;
    const auto ready = wait_for_socket(socket_.get(), POLLIN, share_.abort, begun + limit);
    if (!ready) return ready.error();
    if (*ready == 0) {
      Error error = core::fail(ErrorCode::timeout, "the request takes too long");
      error.http_status = parser.started() ? 408 : 0;
      return error;
    }
    const auto received = receive();
    if (!received) return received.error();
    if (*received == 0) return Read::closed;
  }
  return Read::complete;
}

// Nothing at the end of the stream.
Result<std::size_t> ServerConnection::receive() {
  while (true) {
    const ssize_t count = ::recv(socket_.get(), buffer_.data(), buffer_.size(), 0);
    if (count >= 0) {
      begin_ = 0;
      return end_ = static_cast<std::size_t>(count);
    }
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) return core::io_error("read a request", errno);
    const auto ready = wait_for_socket(socket_.get(), POLLIN, share_.abort);
    if (!ready) return ready.error();
  }
}

Response ServerConnection::answer(const Request& request) {
  if (const auto expected = request.headers.find("Expect");
      expected != nullptr && !core::equals_ignoring_case(*expected, "100-continue")) {
    return text_response(417, "an unknown expectation");
  }
  const Context context = share_.watch.begin(socket_.get(), share_.abort);
  std::string problem;
  Response response;
  try {
    response = share_.handler(request, context);
  } catch (const std::exception& exception) {
    problem = exception.what();
  } catch (...) {
    problem = "not a std::exception";
  }
  share_.watch.end(socket_.get());
  if (problem.empty()) return response;
  core::log(LogLevel::error, "a handler threw", {{"what", problem}});
  return text_response(500, "internal error");
}

bool ServerConnection::reply(const Response& response, const ReplyFraming& framing) {
  const auto wire = serialize(response, framing);
  if (wire) return send(*wire) && framing.keep_alive;
  core::log(LogLevel::error, "a response cannot be sent", {{"why", wire.error().message}});
  return reply(text_response(500, "internal error"), framing);
}

bool ServerConnection::refuse(const Error& error) {
  if (error.http_status == 0) return false;
  core::log(LogLevel::debug, "a request was refused", {{"why", error.message}});
  reply(text_response(error.http_status, error.message), {.keep_alive = false});
  linger();
  return false;
}

bool ServerConnection::send(const Wire& wire) {
  Outgoing outgoing(wire);
  while (outgoing.send_some(socket_.get())) {
    if (outgoing.done()) return true;
    const auto until = Clock::now() + share_.options.write_timeout;
    const auto ready = wait_for_socket(socket_.get(), POLLOUT, share_.abort, until);
    if (!ready || *ready == 0) return false;
  }
  return false;
}

void ServerConnection::linger() {
  ::shutdown(socket_.get(), SHUT_WR);
  const auto until = Clock::now() + kLinger;
  for (std::size_t total = 0; total < kMostLingered;) {
    const auto ready = wait_for_socket(socket_.get(), POLLIN, share_.stop, until);
    if (!ready || *ready == 0) return;
    const ssize_t count = ::recv(socket_.get(), buffer_.data(), buffer_.size(), 0);
    if (count <= 0) return;
    total += static_cast<std::size_t>(count);
  }
}

}  // namespace cloudkit::inline v0::http::loopback
