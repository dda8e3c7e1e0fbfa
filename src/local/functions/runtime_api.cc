#include "local/functions/runtime_api.h"

#include "core/encode.h"
#include "core/function_rules.h"
#include "core/send_flags.h"
#include "http/loopback/parser.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace cloudkit::inline v0::local::functions {
namespace {

namespace loopback = http::loopback;

constexpr std::string_view kPrefix = "/2018-06-01/runtime/";
// A runtime has one or two; more is a program gone wrong.
constexpr std::size_t kMostPeers = 32;
// Reads and writes for one peer before others, and whoever waits, have their turn.
constexpr int kMostRounds = 64;

loopback::Limits message_limits() {
  loopback::Limits limits;
  // One that is a little too large is read, so that its sender is told.
  limits.body_bytes = 2 * core::kLambdaReply;
  return limits;
}

std::string error_body(std::string_view type, std::string_view message) {
  return fmt::format(R"({{"errorMessage":"{}","errorType":"{}"}})", message, type);
}

// What a streamed response says at its end, when it failed on the way.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
std::optional<RuntimeAnswer> error_of_stream(const loopback::Request& request) {
  const std::string* type = request.trailers.find("Lambda-Runtime-Function-Error-Type");
  if (type == nullptr) return std::nullopt;
  const std::string_view body = request.trailers.get("Lambda-Runtime-Function-Error-Body");
  return RuntimeAnswer{RuntimeAnswer::Kind::error, core::base64_decode(body).value_or(""), *type};
}

}  // namespace

// A connection of the program's.
struct RuntimeApi::Peer {
  explicit Peer(core::UniqueFd accepted) : socket(std::move(accepted)) { parser.emplace(message_limits()); }

  core::UniqueFd socket;
  std::optional<loopback::RequestParser> parser;
  std::string unread;  // Came with the last request, and belongs to the next.
  loopback::ReplyFraming framing;
  loopback::Response response;
  loopback::Wire wire;
  std::optional<loopback::Outgoing> outgoing;
  bool waits_for_event = false;
  bool continued = false;
  bool closing = false;  // Once the reply is out.
};

Result<std::unique_ptr<RuntimeApi>> RuntimeApi::listen() {
  auto wanted = loopback::Address::parse("127.0.0.1:0");
  if (!wanted) return std::move(wanted).error();
  auto listener = loopback::listen_on(*wanted);
  if (!listener) return std::move(listener).error();
  auto address = loopback::Address::of(listener->get());
  if (!address) return std::move(address).error();
  return std::unique_ptr<RuntimeApi>(new RuntimeApi(*std::move(address), *std::move(listener)));
}

RuntimeApi::RuntimeApi(loopback::Address address, core::UniqueFd listener)
    : address_(std::move(address)), listener_(std::move(listener)) {}
RuntimeApi::~RuntimeApi() = default;

void RuntimeApi::add_polls(std::vector<pollfd>& polls) const {
  if (peers_.size() < kMostPeers) polls.push_back({listener_.get(), POLLIN, 0});
  for (const auto& peer : peers_) {
    // One that may be written is ready at once: a request that was read needs no more bytes to come.
    const bool has_work = peer->outgoing || (!peer->unread.empty() && !peer->waits_for_event);
    polls.push_back({peer->socket.get(), static_cast<short>(has_work ? POLLOUT : POLLIN), 0});
  }
}

void RuntimeApi::step() {
  accept();
  for (const auto& peer : peers_) step(*peer);
  std::erase_if(peers_, [](const auto& peer) { return !peer->socket; });
}

void RuntimeApi::accept() {
  // Further ones wait in the kernel.
  while (peers_.size() < kMostPeers) {
    core::UniqueFd socket = loopback::accept_from(listener_.get());
    if (!socket) return;
    peers_.push_back(std::make_unique<Peer>(std::move(socket)));
  }
}

void RuntimeApi::step(Peer& peer) {
  for (int round = 0; peer.socket && round < kMostRounds; ++round) {
    if (peer.outgoing) {
      send(peer);
      if (peer.outgoing) return;
    } else if (!receive(peer)) {
      return;
    }
  }
}

// False when there is nothing to do now.
bool RuntimeApi::receive(Peer& peer) {
  if (peer.waits_for_event) {
    if (loopback::peer_is_gone(peer.socket.get())) peer.socket.reset();
    return false;
  }
  if (peer.unread.empty()) {
    std::array<char, 65536> buffer;
    const ssize_t count = ::recv(peer.socket.get(), buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EINTR) return true;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
    if (count <= 0) {
      peer.socket.reset();
      return false;
    }
    peer.unread.assign(buffer.data(), static_cast<std::size_t>(count));
  }
  const auto used = peer.parser->feed(peer.unread);
  if (!used) {
    // Only a response can be as large.
    if (used.error().http_status == 413 && !current_.empty()) answer_ = {RuntimeAnswer::Kind::too_large, {}, {}};
    peer.closing = true;
    reply(peer, used.error().http_status, error_body("InvalidRequest", "this request could not be read"));
    return true;
  }
  peer.unread.erase(0, *used);
  if (!peer.parser->done()) {
    if (peer.parser->head_done() && peer.parser->expects_continue() && !std::exchange(peer.continued, true)) {
      constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      [[maybe_unused]] const auto sent =
          ::send(peer.socket.get(), kContinue.data(), kContinue.size(), core::kSendFlags);
    }
    return true;
  }
  peer.closing = !peer.parser->keep_alive();
  peer.framing = {false, peer.parser->keep_alive(), peer.parser->minor_version()};
  const loopback::Request request = peer.parser->take();
  peer.parser.emplace(message_limits());
  peer.continued = false;
  handle(peer, request);
  return true;
}

void RuntimeApi::handle(Peer& peer, const loopback::Request& request) {
  std::string_view rest = request.target;
  if (!rest.starts_with(kPrefix)) return reply(peer, 404, error_body("NotFound", "there is no such path"));
  rest.remove_prefix(kPrefix.size());
  if (rest == "invocation/next") {
    if (request.method != "GET") return reply(peer, 405, error_body("MethodNotAllowed", "ask by GET"));
    return next(peer);
  }
  if (request.method != "POST") return reply(peer, 404, error_body("NotFound", "there is no such path"));
  handle_answer(peer, request, rest);
}

void RuntimeApi::next(Peer& peer) {
  // It has not answered the last one. The service calls this an invalid transition, too.
  const bool is_too_early = (!current_.empty() && !answer_) || is_waiting();
  if (is_too_early) return reply(peer, 403, error_body("InvalidStateTransition", "the last invocation has no answer"));
  peer.waits_for_event = true;
}

void RuntimeApi::handle_answer(Peer& peer, const loopback::Request& request, std::string_view rest) {
  using Kind = RuntimeAnswer::Kind;
  std::string type(request.headers.get("Lambda-Runtime-Function-Error-Type"));
  if (rest == "init/error") {
    if (!current_.empty() || is_waiting()) {
      return reply(peer, 403, error_body("InvalidStateTransition", "the start is over"));
    }
    answer_ = {Kind::init_error, request.body, std::move(type)};
    return reply(peer, 202, R"({"status":"OK"})");
  }
  constexpr std::string_view kInvocation = "invocation/";
  const std::size_t slash = rest.rfind('/');
  const std::string_view what = slash == std::string_view::npos ? rest : rest.substr(slash + 1);
  // "invocation/response" has one slash for both, and no id.
  if (!rest.starts_with(kInvocation) || slash < kInvocation.size() || (what != "response" && what != "error")) {
    return reply(peer, 404, error_body("NotFound", "there is no such path"));
  }
  const std::string_view id = rest.substr(kInvocation.size(), slash - kInvocation.size());
  const bool may_correct = answer_ && answer_->kind == Kind::too_large && what == "error";
  if (current_.empty() || id != current_ || (answer_ && !may_correct)) {
    return reply(peer, 400, error_body("InvalidRequestID", "no invocation of this id waits for an answer"));
  }
  if (what == "response" && request.body.size() > core::kLambdaReply) {
    answer_ = {Kind::too_large, {}, {}};
    return reply(peer, 413, error_body("RequestEntityTooLarge", "a response has at most 6 MB"));
  }
  if (what == "error") {
    answer_ = {Kind::error, request.body, std::move(type)};
  } else if (auto broken = error_of_stream(request)) {
    answer_ = std::move(broken);
  } else {
    answer_ = {Kind::response, request.body, {}};
  }
  reply(peer, 202, R"({"status":"OK"})");
}

bool RuntimeApi::is_waiting() const noexcept { return waiting_peer() != nullptr; }

RuntimeApi::Peer* RuntimeApi::waiting_peer() const noexcept {
  const auto it = std::find_if(peers_.begin(), peers_.end(),
                               [](const auto& peer) { return peer->waits_for_event && peer->socket; });
  return it == peers_.end() ? nullptr : it->get();
}

void RuntimeApi::deliver(const RuntimeEvent& event, std::chrono::system_clock::time_point deadline) {
  Peer* const peer = waiting_peer();
  if (peer == nullptr) return;
  current_ = event.request_id;
  answer_.reset();
  peer->waits_for_event = false;
  const auto since_epoch = std::chrono::floor<std::chrono::milliseconds>(deadline.time_since_epoch());
  loopback::Response& response = peer->response = {};
  response.headers.add("Content-Type", "application/json");
  response.headers.add("Lambda-Runtime-Aws-Request-Id", event.request_id);
  response.headers.add("Lambda-Runtime-Deadline-Ms", std::to_string(since_epoch.count()));
  response.headers.add("Lambda-Runtime-Invoked-Function-Arn", event.function_arn);
  response.headers.add("Lambda-Runtime-Trace-Id", event.trace_id);
  if (!event.client_context.empty()) response.headers.add("Lambda-Runtime-Client-Context", event.client_context);
  response.body = event.payload;
  send(*peer);
}

std::optional<RuntimeAnswer> RuntimeApi::take_answer(bool ended) {
  if (!answer_) return std::nullopt;
  // The program may still say itself that its response was too large, until it asks for the next.
  if (answer_->kind == RuntimeAnswer::Kind::too_large && !is_waiting() && !ended) return std::nullopt;
  current_.clear();
  return std::exchange(answer_, std::nullopt);
}

void RuntimeApi::reply(Peer& peer, int status, std::string body) {
  peer.response = {};
  peer.response.status = status;
  peer.response.headers.add("Content-Type", "application/json");
  peer.response.body = std::move(body);
  send(peer);
}

void RuntimeApi::send(Peer& peer) {
  if (!peer.outgoing) {
    peer.framing.keep_alive = !peer.closing;
    auto wire = loopback::serialize(peer.response, peer.framing);
    if (!wire) return peer.socket.reset();
    peer.wire = *std::move(wire);
    peer.outgoing.emplace(peer.wire);
  }
  if (!peer.outgoing->send_some(peer.socket.get())) return peer.socket.reset();
  if (!peer.outgoing->done()) return;
  peer.outgoing.reset();
  if (peer.closing) peer.socket.reset();
}

}  // namespace cloudkit::inline v0::local::functions
