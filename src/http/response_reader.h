#pragma once

#include <cloudkit/driver/http.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace cloudkit::inline v0::http {

/// Reads the head of an HTTP/1 reply line by line and keeps the account of its body. It is
/// stricter than libcurl, which accepts contradictory lengths, lengths beyond 2^64, folded
/// lines and any status: a reply whose end is not certain is an error here.
class ResponseReader {
 public:
  // More than any object store sends; libcurl itself gives up a little later.
  static constexpr std::size_t kMaxHeadBytes = 300'000;
  static constexpr int kMaxHeadLines = 2'000;
  static constexpr int kMaxInterimReplies = 16;

  explicit ResponseReader(Method method) : method_(method) {}

  /// The next line as it came, with its line end; also the interim replies' and the trailers'.
  /// Errors: `unknown`, never retryable.
  Status read_line(std::string_view line);
  bool started() const noexcept { return lines_ > 0; }
  /// The final reply's head is whole. What follows is its body, then perhaps trailers.
  bool head_complete() const noexcept { return state_ == State::body; }

  const Response& response() const noexcept { return response_; }
  Response take_response() { return std::move(response_); }
  bool successful() const noexcept { return response_.status >= 200 && response_.status < 300; }
  /// The reply has no body, whatever its headers say.
  bool bodiless() const noexcept;
  /// How long the body will be, as far as the head tells.
  std::optional<std::uint64_t> expected_body() const noexcept;
  /// Only the end of the connection ends the body, so a cut one cannot be told from a whole one.
  bool ends_with_connection() const noexcept { return !bodiless() && !chunked_ && !content_length_; }

  void count_body(std::size_t size) noexcept { body_bytes_ += size; }
  std::uint64_t body_bytes() const noexcept { return body_bytes_; }
  std::size_t head_bytes() const noexcept { return head_bytes_; }
  /// After the last byte. Errors: `unavailable`, retryable, when the reply is not whole.
  Status finish() const;

 private:
  enum class State { status_line, headers, body };

  Status read_status_line(std::string_view line);
  Status read_header(std::string_view line);
  Status read_framing(std::string_view name, std::string_view value);
  Status end_of_head();

  Method method_;
  State state_ = State::status_line;
  Response response_ = {};
  std::optional<std::uint64_t> content_length_ = {};
  bool chunked_ = false;
  int interim_replies_ = 0;
  int lines_ = 0;
  std::size_t head_bytes_ = 0;
  std::uint64_t body_bytes_ = 0;
};

}  // namespace cloudkit::inline v0::http
