#include "http/response_reader.h"

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace cloudkit::inline v0::http {
namespace {

// Not retryable: a server or a proxy that frames its replies so does it again.
Error malformed(std::string what) {
  return core::fail(ErrorCode::unknown, "malformed reply: " + std::move(what),
                    "is it the service that answers, or a proxy in between?");
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

std::string_view without_line_end(std::string_view line) noexcept {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

Status ResponseReader::read_line(std::string_view line) {
  head_bytes_ += line.size();
  ++lines_;
  if (head_bytes_ > kMaxHeadBytes) return malformed(fmt::format("more than {} bytes of headers", kMaxHeadBytes));
  if (lines_ > kMaxHeadLines) return malformed(fmt::format("more than {} lines of headers", kMaxHeadLines));
  if (state_ == State::body) return {};  // A trailer: nothing in it is trusted or needed.

  const std::string_view text = without_line_end(line);
  if (state_ == State::status_line) return read_status_line(text);
  return text.empty() ? end_of_head() : read_header(text);
}

Status ResponseReader::read_status_line(std::string_view line) {
  const std::string_view version = line.substr(0, 9);
  const std::string_view code = line.size() >= 12 ? line.substr(9, 3) : std::string_view{};
  const bool well_formed = (version == "HTTP/1.1 " || version == "HTTP/1.0 ") && code.size() == 3 &&
                           std::all_of(code.begin(), code.end(), is_digit) && (line.size() == 12 || line[12] == ' ');
  const int status = well_formed ? (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0') : 0;
  if (status < 100 || status > 599) {
    return malformed(fmt::format("status line \"{}\"", core::printable_excerpt(line, 80)));
  }
  if (status == 101) return malformed("101, a change of protocol that nobody asked for");
  if (status < 200 && ++interim_replies_ > kMaxInterimReplies) {
    return malformed(fmt::format("more than {} interim replies", kMaxInterimReplies));
  }
  response_.status = status;
  state_ = State::headers;
  return {};
}

Status ResponseReader::read_header(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') return malformed("a header folded over two lines");
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (colon == std::string_view::npos || !core::is_http_token(name)) {
    return malformed(fmt::format("header line \"{}\"", core::printable_excerpt(line, 80)));
  }
  const std::string_view raw = line.substr(colon + 1);
  if (!core::is_http_field_value(raw)) return malformed(fmt::format("control characters in header {}", name));
  const std::string_view value = core::trim(raw);
  if (auto status = read_framing(name, value); !status) return status;
  response_.headers.add(std::string(name), std::string(value));
  return {};
}

Status ResponseReader::read_framing(std::string_view name, std::string_view value) {
  if (core::equals_ignoring_case(name, "transfer-encoding")) {
    if (chunked_ || !core::equals_ignoring_case(value, "chunked")) {
      return malformed(fmt::format("transfer coding \"{}\"", core::printable_excerpt(value, 80)));
    }
    chunked_ = true;
  } else if (core::equals_ignoring_case(name, "content-length")) {
    constexpr auto kMaxLength = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    const auto length = core::parse_u64(value);
    if (!length || *length > kMaxLength) {
      return malformed(fmt::format("content-length \"{}\"", core::printable_excerpt(value, 80)));
    }
    if (content_length_) return malformed("two content-lengths");
    content_length_ = length;
  }
  // Which of the two ends the body is exactly what request smuggling plays with:
  // https://www.rfc-editor.org/rfc/rfc9112#section-6.3
  if (chunked_ && content_length_) return malformed("content-length together with transfer-encoding");
  return {};
}

Status ResponseReader::end_of_head() {
  if (response_.status >= 200) {
    state_ = State::body;
    return {};
  }
  response_ = {};
  content_length_.reset();
  chunked_ = false;
  state_ = State::status_line;
  return {};
}

bool ResponseReader::bodiless() const noexcept {
  return method_ == Method::head || response_.status == 204 || response_.status == 304;
}

std::optional<std::uint64_t> ResponseReader::expected_body() const noexcept {
  return bodiless() ? std::uint64_t{0} : content_length_;
}

Status ResponseReader::finish() const {
  if (head_complete() && (!expected_body() || *expected_body() == body_bytes_)) return {};
  Error error = core::fail(ErrorCode::unavailable, "the connection ended before the reply's head was whole");
  if (head_complete()) {
    error.message = fmt::format("the reply ended after {} of {} bytes", body_bytes_, *expected_body());
  }
  error.retryable = true;
  return error;
}

}  // namespace cloudkit::inline v0::http
