#pragma once

#include "http/loopback/message.h"

#include <cloudkit/result.h>

#include <cstdint>
#include <string>
#include <string_view>

/// Strict readers of messages: where two programs could understand the same bytes differently, and so one message
/// could hide another, the message is refused. https://www.rfc-editor.org/rfc/rfc9112#section-11.2
namespace cloudkit::inline v0::http::loopback {

/// What requests and responses have in common. Fed with pieces of any size. Not thread-safe.
class MessageParser {
 public:
  /// How many of the bytes belong to this message; fewer than all only when it is done. After an error the
  /// connection cannot be used any more. Errors: `invalid_argument` for a request, with the `http_status` to
  /// answer (400, 413, 431, 501, 505); `unknown` for a response.
  Result<std::size_t> feed(std::string_view bytes);

  /// Whether it has seen a byte.
  bool started() const noexcept { return started_; }
  /// Whether start line and headers are complete.
  bool head_done() const noexcept { return state_ > State::fields; }
  bool done() const noexcept { return state_ == State::done; }
  /// Whether the peer would take another exchange on this connection. Only once the head is done.
  bool keep_alive() const noexcept { return keep_alive_; }
  int minor_version() const noexcept { return minor_version_; }

 protected:
  enum class Kind { request, response };
  enum class Framing { none, length, chunked, until_close };

  MessageParser(Kind kind, const Limits& limits) : kind_(kind), limits_(limits) {}
  MessageParser(const MessageParser&) = delete;
  MessageParser& operator=(const MessageParser&) = delete;
  ~MessageParser() = default;

  virtual Status read_start_line(std::string_view line) = 0;
  /// The head is complete: what follows it?
  virtual Result<Framing> framing() = 0;

  Status read_version(std::string_view version);
  /// By Content-Length and Transfer-Encoding; none when there is neither.
  Result<Framing> declared_framing();
  std::size_t count(std::string_view name) const noexcept;
  Error refuse(int status, std::string message) const;
  /// The peer sends no more. Errors: `unavailable` when that is too early.
  Status end_of_stream();

  Headers headers_;
  Headers trailers_;
  std::string body_;
  bool chunked_ = false;
  bool keep_alive_ = true;

 private:
  enum class State { start_line, fields, body, body_until_close, chunk_size, chunk_data, chunk_end, trailers, done };

  Status take_line(std::string_view& rest);
  Status take_body(std::string_view& rest);
  Status read_line(std::string_view line);
  Status read_field(std::string_view line, Headers& fields);
  Status read_chunk_size(std::string_view line);
  Status end_head();
  bool connection_says(std::string_view option) const noexcept;

  const Kind kind_;
  const Limits limits_;
  State state_ = State::start_line;
  bool started_ = false;
  int minor_version_ = 1;
  std::string line_;
  std::size_t overhead_ = 0;     // Bytes that count as head.
  std::uint64_t remaining_ = 0;  // Of the body or the chunk.
};

class RequestParser final : public MessageParser {
 public:
  explicit RequestParser(const Limits& limits = {}) : MessageParser(Kind::request, limits) {}

  /// Whether the client waits to be told that its body is wanted.
  bool expects_continue() const noexcept;
  /// Once done.
  Request take();

 private:
  Status read_start_line(std::string_view line) override;
  Result<Framing> framing() override;
  Status read_target(std::string_view target);
  Status check_host() const;

  bool skipped_empty_line_ = false;
  std::string method_;
  std::string target_;
  std::string authority_;  // Of an absolute-form: it replaces Host.
};

class ResponseParser final : public MessageParser {
 public:
  /// The method that it answers: a reply to HEAD has no body.
  explicit ResponseParser(std::string_view method, const Limits& limits = {})
      : MessageParser(Kind::response, limits), to_head_(method == "HEAD") {}

  using MessageParser::end_of_stream;
  int status() const noexcept { return status_; }
  /// Once done.
  Response take();

 private:
  Status read_start_line(std::string_view line) override;
  Result<Framing> framing() override;

  const bool to_head_;
  int status_ = 0;
};

}  // namespace cloudkit::inline v0::http::loopback
