#pragma once

#include "http/loopback/serialize.h"
#include "http/loopback/socket.h"

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::local::functions {

/// One invocation, as the program learns of it.
struct RuntimeEvent {
  std::string request_id = {};
  std::string payload = {};
  std::string function_arn = {};
  std::string trace_id = {};
  std::string client_context = {};
};

/// What the program says of it.
struct RuntimeAnswer {
  enum class Kind { response, error, init_error, too_large };
  Kind kind = Kind::response;
  std::string body = {};
  std::string error_type = {};  ///< Of the header.
};

/// The Lambda Runtime API for one program that has one invocation at a time: the server's side, without a thread, in
/// the poll loop of whoever runs it. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
/// Not thread-safe.
class RuntimeApi {
 public:
  /// Errors: `unavailable`.
  static Result<std::unique_ptr<RuntimeApi>> listen();
  RuntimeApi(const RuntimeApi&) = delete;
  RuntimeApi& operator=(const RuntimeApi&) = delete;
  ~RuntimeApi();

  /// For AWS_LAMBDA_RUNTIME_API: "127.0.0.1:41234".
  const std::string& authority() const noexcept { return address_.text(); }

  /// What to wait for until `step` has work.
  void add_polls(std::vector<pollfd>& polls) const;
  /// Takes what has come, and sends what can be sent. Never waits.
  void step();

  /// Whether the program asks for the next invocation.
  bool is_waiting() const noexcept;
  /// Whether it said that it cannot start: `take_answer` tells.
  bool has_init_error() const noexcept { return answer_ && answer_->kind == RuntimeAnswer::Kind::init_error; }
  /// Only while it is waiting.
  void deliver(const RuntimeEvent& event, std::chrono::system_clock::time_point deadline);
  /// Once for each invocation, or for a start that failed. `ended`: the program says no more.
  std::optional<RuntimeAnswer> take_answer(bool ended = false);

 private:
  struct Peer;

  RuntimeApi(http::loopback::Address address, core::UniqueFd listener);
  void accept();
  void step(Peer& peer);
  bool receive(Peer& peer);
  void handle(Peer& peer, const http::loopback::Request& request);
  void handle_answer(Peer& peer, const http::loopback::Request& request, std::string_view rest);
  void next(Peer& peer);
  static void reply(Peer& peer, int status, std::string body);
  static void send(Peer& peer);
  Peer* waiting_peer() const noexcept;

  const http::loopback::Address address_;
  const core::UniqueFd listener_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::string current_ = {};  // The id of the invocation in flight.
  std::optional<RuntimeAnswer> answer_ = {};
};

}  // namespace cloudkit::inline v0::local::functions
