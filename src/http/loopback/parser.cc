#include "http/loopback/parser.h"

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace cloudkit::inline v0::http::loopback {
namespace {

// A length that a stranger announces is believed up to here.
constexpr std::size_t kReservedBody = std::size_t{1} << 20;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// The next of the values that commas separate, or "" at the end.
std::string_view next_item(std::string_view& list) noexcept {
  const std::size_t comma = std::min(list.find(','), list.size());
  const std::string_view item = core::trim(list.substr(0, comma));
  list.remove_prefix(std::min(comma + 1, list.size()));
  return item;
}

bool lists(std::string_view value, std::string_view wanted) noexcept {
  while (!value.empty()) {
    if (core::equals_ignoring_case(next_item(value), wanted)) return true;
  }
  return false;
}

}  // namespace

Error MessageParser::refuse(int status, std::string message) const {
  if (kind_ == Kind::response) return core::fail(ErrorCode::unknown, "malformed reply: " + message);
  Error error = core::invalid_argument(std::move(message));
  error.http_status = status;
  return error;
}

Result<std::size_t> MessageParser::feed(std::string_view bytes) {
  std::string_view rest = bytes;
  started_ = started_ || !bytes.empty();
  while (!rest.empty() && state_ != State::done) {
    const bool in_body = state_ == State::body || state_ == State::body_until_close || state_ == State::chunk_data;
    if (auto status = in_body ? take_body(rest) : take_line(rest); !status) return std::move(status).error();
  }
  return bytes.size() - rest.size();
}

Status MessageParser::take_line(std::string_view& rest) {
  const std::size_t feed = rest.find('\n');
  const std::string_view piece = rest.substr(0, feed == std::string_view::npos ? rest.size() : feed + 1);
  rest.remove_prefix(piece.size());
  overhead_ += piece.size();
  if (overhead_ > limits_.head_bytes) {
    return refuse(431, fmt::format("more than {} bytes of headers", limits_.head_bytes));
  }
  line_.append(piece);
  if (feed == std::string_view::npos) return {};
  if (!line_.ends_with("\r\n")) return refuse(400, "a line ends in a bare line feed");
  const std::string_view line = std::string_view(line_).substr(0, line_.size() - 2);
  if (!core::is_http_field_value(line)) return refuse(400, "control characters in the head");
  auto status = read_line(line);
  line_.clear();
  return status;
}

Status MessageParser::read_line(std::string_view line) {
  switch (state_) {
    case State::start_line: {
      if (auto status = read_start_line(line); !status) return status;
      if (!line.empty()) state_ = State::fields;
      return {};
    }
    case State::fields: return line.empty() ? end_head() : read_field(line, headers_);
    case State::chunk_size: return read_chunk_size(line);
    case State::chunk_end:
      if (!line.empty()) return refuse(400, "a chunk is longer than its size says");
      overhead_ -= 2;
      state_ = State::chunk_size;
      return {};
    default: break;
  }
  if (!line.empty()) return read_field(line, trailers_);
  state_ = State::done;
  return {};
}

Status MessageParser::read_field(std::string_view line, Headers& fields) {
  if (line.front() == ' ' || line.front() == '\t') return refuse(400, "a header goes on in a second line");
  if (headers_.size() + trailers_.size() >= limits_.headers) {
    return refuse(431, fmt::format("more than {} headers", limits_.headers));
  }
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  // A blank before the colon is refused too: others cut it off, or do not.
  if (colon == std::string_view::npos || !core::is_http_token(name)) return refuse(400, "a header without a name");
  fields.add(std::string(name), std::string(core::trim(line.substr(colon + 1))));
  return {};
}

Status MessageParser::read_chunk_size(std::string_view line) {
  const std::size_t end = std::min(line.find(';'), line.size());
  std::uint64_t size = 0;
  const auto [stop, problem] = std::from_chars(line.data(), line.data() + end, size, 16);
  if (problem != std::errc() || stop != line.data() + end || end > 16) return refuse(400, "a chunk without a size");
  if (size > limits_.body_bytes - body_.size()) {
    return refuse(413, fmt::format("a body of more than {} bytes", limits_.body_bytes));
  }
  overhead_ -= end + 2;  // Many small chunks are no crime; long extensions are.
  remaining_ = size;
  state_ = size == 0 ? State::trailers : State::chunk_data;
  return {};
}

Status MessageParser::take_body(std::string_view& rest) {
  const bool open_ended = state_ == State::body_until_close;
  const auto size =
      open_ended ? rest.size() : static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, rest.size()));
  if (size > limits_.body_bytes - body_.size()) {
    return refuse(413, fmt::format("a body of more than {} bytes", limits_.body_bytes));
  }
  body_.append(rest.substr(0, size));
  rest.remove_prefix(size);
  if (open_ended) return {};
  remaining_ -= size;
  if (remaining_ == 0) state_ = state_ == State::body ? State::done : State::chunk_end;
  return {};
}

Status MessageParser::end_head() {
  const auto framing = this->framing();
  if (!framing) return framing.error();
  chunked_ = *framing == Framing::chunked;
  if (connection_says("close") || *framing == Framing::until_close) keep_alive_ = false;
  if (minor_version_ == 0 && !connection_says("keep-alive")) keep_alive_ = false;
  switch (*framing) {
    case Framing::none: state_ = State::done; break;
    case Framing::length: state_ = remaining_ == 0 ? State::done : State::body; break;
    case Framing::chunked: state_ = State::chunk_size; break;
    case Framing::until_close: state_ = State::body_until_close; break;
  }
  if (state_ == State::body)
    body_.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, kReservedBody)));
  return {};
}

Result<MessageParser::Framing> MessageParser::declared_framing() {
  const std::size_t lengths = count("Content-Length");
  const std::size_t codings = count("Transfer-Encoding");
  if (lengths > 0 && codings > 0) return refuse(400, "both Content-Length and Transfer-Encoding");
  if (codings > 0) {
    if (minor_version_ == 0) return refuse(400, "Transfer-Encoding in HTTP/1.0");
    if (codings > 1) return refuse(400, "Transfer-Encoding twice");
    if (!core::equals_ignoring_case(headers_.get("Transfer-Encoding"), "chunked")) {
      return refuse(501, "a transfer coding other than chunked");
    }
    return Framing::chunked;
  }
  if (lengths == 0) return Framing::none;
  if (lengths > 1) return refuse(400, "Content-Length twice");
  const auto length = core::parse_u64(headers_.get("Content-Length"));
  if (!length) return refuse(400, "Content-Length is not a number");
  if (*length > limits_.body_bytes) {
    return refuse(413, fmt::format("a body of more than {} bytes", limits_.body_bytes));
  }
  remaining_ = *length;
  return Framing::length;
}

Status MessageParser::end_of_stream() {
  if (state_ == State::done) return {};
  if (state_ == State::body_until_close) {
    state_ = State::done;
    return {};
  }
  return core::fail(ErrorCode::unavailable,
                    started_ ? "the reply was cut short" : "the connection was closed without a reply");
}

Status MessageParser::read_version(std::string_view version) {
  const bool is_http = version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
                       version[6] == '.' && is_digit(version[7]);
  if (!is_http) return refuse(400, "not HTTP");
  if (version[5] != '1') return refuse(505, "not HTTP/1");
  minor_version_ = version[7] == '0' ? 0 : 1;
  return {};
}

std::size_t MessageParser::count(std::string_view name) const noexcept {
  return static_cast<std::size_t>(std::count_if(headers_.begin(), headers_.end(), [name](const Header& header) {
    return core::equals_ignoring_case(header.name, name);
  }));
}

bool MessageParser::connection_says(std::string_view option) const noexcept {
  return std::any_of(headers_.begin(), headers_.end(), [option](const Header& header) {
    return core::equals_ignoring_case(header.name, "Connection") && lists(header.value, option);
  });
}

Status RequestParser::read_start_line(std::string_view line) {
  // https://www.rfc-editor.org/rfc/rfc9112#section-2.2: old clients send one after a body.
  if (line.empty() && !std::exchange(skipped_empty_line_, true)) return {};
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == last) return refuse(400, "not a request line");
  method_ = line.substr(0, first);
  if (!core::is_http_token(method_)) return refuse(400, "not a request line");
  if (auto status = read_version(line.substr(last + 1)); !status) return status;
  return read_target(line.substr(first + 1, last - first - 1));
}

Status RequestParser::read_target(std::string_view target) {
  const auto is_allowed = [](char c) { return c > 0x20 && c < 0x7F && c != '#'; };
  if (target.empty() || !std::all_of(target.begin(), target.end(), is_allowed))
    return refuse(400, "not a request line");
  if (method_ == "CONNECT") return refuse(501, "this is not a proxy");
  if (target.front() != '/' && !(target == "*" && method_ == "OPTIONS")) {
    const std::size_t colon = target.find("://");
    const std::string_view scheme = target.substr(0, colon == std::string_view::npos ? 0 : colon);
    if (!core::equals_ignoring_case(scheme, "http") && !core::equals_ignoring_case(scheme, "https")) {
      return refuse(400, "a target that is neither a path nor a URL");
    }
    target.remove_prefix(colon + 3);
    const std::size_t end = std::min(target.find_first_of("/?"), target.size());
    authority_ = target.substr(0, end);
    if (authority_.empty()) return refuse(400, "a URL without a host");
    target.remove_prefix(end);
    if (!target.starts_with('/')) target_ = "/";
  }
  target_ += target;
  return {};
}

Status RequestParser::check_host() const {
  const std::size_t hosts = count("Host");
  if (hosts > 1) return refuse(400, "Host twice");
  if (hosts == 0 && minor_version() > 0) return refuse(400, "no Host");
  const std::string_view host = authority_.empty() ? headers_.get("Host") : std::string_view(authority_);
  if (host.find_first_of(" \t,/\\@?#\"<>") != std::string_view::npos) return refuse(400, "Host is not a host");
  return {};
}

Result<MessageParser::Framing> RequestParser::framing() {
  if (auto status = check_host(); !status) return std::move(status).error();
  if (!authority_.empty()) headers_.set("Host", authority_);
  return declared_framing();
}

bool RequestParser::expects_continue() const noexcept {
  return minor_version() > 0 && core::equals_ignoring_case(headers_.get("Expect"), "100-continue");
}

Request RequestParser::take() {
  return {std::move(method_), std::move(target_), std::move(headers_),
          std::move(body_),   chunked_,           std::move(trailers_)};
}

Status ResponseParser::read_start_line(std::string_view line) {
  if (auto status = read_version(line.substr(0, 8)); !status) return status;
  const bool has_status =
      line.size() >= 12 && line[8] == ' ' && std::all_of(line.begin() + 9, line.begin() + 12, is_digit);
  if (!has_status || (line.size() > 12 && line[12] != ' ')) return refuse(400, "not a status line");
  status_ = static_cast<int>(core::parse_u64(line.substr(9, 3)).value_or(0));
  return status_ >= 100 && status_ <= 599 ? Status() : refuse(400, "not a status line");
}

Result<MessageParser::Framing> ResponseParser::framing() {
  const bool is_bodiless = status_ < 200 || status_ == 204;
  if (to_head_ || status_ == 304) return Framing::none;
  auto declared = declared_framing();
  if (!declared) return declared;
  if (is_bodiless) {
    // https://www.rfc-editor.org/rfc/rfc9112#section-6.3: it may not announce one. What follows is not trusted.
    const bool announces =
        *declared == Framing::chunked || (*declared == Framing::length && headers_.get("Content-Length") != "0");
    if (announces) keep_alive_ = false;
    return Framing::none;
  }
  return *declared == Framing::none ? Framing::until_close : *declared;
}

Response ResponseParser::take() {
  return {status_, std::move(headers_), std::move(body_), chunked_, std::move(trailers_)};
}

}  // namespace cloudkit::inline v0::http::loopback
