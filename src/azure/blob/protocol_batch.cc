#include "azure/blob/protocol_batch.h"

#include "azure/blob/errors.h"
#include "core/encode.h"

#include <fmt/format.h>

#include <optional>

namespace cloudkit::inline v0::azure::blob {
namespace {

Error unclear(std::string message) {
  Error error = unexpected_reply(std::move(message));
  error.may_have_happened = true;
  return error;
}

// The next line, without its end.
std::string_view take_line(std::string_view& text) noexcept {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

http::Headers take_headers(std::string_view& text) {
  http::Headers headers;
  for (std::string_view line = take_line(text); !line.empty(); line = take_line(text)) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    headers.add(std::string(core::trim(line.substr(0, colon))), std::string(core::trim(line.substr(colon + 1))));
  }
  return headers;
}

// "HTTP/1.1 202 Accepted"
int status_of(std::string_view line) noexcept {
  if (!line.starts_with("HTTP/1.")) return 0;
  const std::size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return 0;
  const auto status = core::parse_u64(line.substr(blank + 1, 3));
  return status && *status >= 100 && *status <= 599 ? static_cast<int>(*status) : 0;
}

// boundary=batchresponse_…, perhaps in quotes.
std::string boundary_of(std::string_view content_type) {
  constexpr std::string_view kName = "boundary=";
  const std::size_t at = core::to_lower(content_type).find(kName);
  if (at == std::string::npos) return {};
  std::string_view text = content_type.substr(at + kName.size());
  text = core::trim(text.substr(0, text.find(';')));
  if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"')) text = text.substr(1, text.size() - 2);
  return std::string(text);
}

struct Part {
  std::optional<std::uint64_t> id = {};
  http::Response response = {};
};

Part parse_part(std::string_view text) {
  Part part;
  part.id = core::parse_u64(take_headers(text).get("content-id"));
  part.response.status = status_of(take_line(text));
  part.response.headers = take_headers(text);
  part.response.body = core::trim(text);
  return part;
}

}  // namespace

std::string batch_body(std::string_view boundary, std::span<const http::Request> requests) {
  std::string body;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    body += fmt::format(
        "--{}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: {}\r\n\r\n"
        "{} {} HTTP/1.1\r\n",
        boundary, i, to_string(requests[i].method), http::encode_target(requests[i]));
    for (const http::Header& header : requests[i].headers) {
      body += fmt::format("{}: {}\r\n", header.name, header.value);
    }
    body += "Content-Length: 0\r\n\r\n";
  }
  return body += fmt::format("--{}--\r\n", boundary);
}

http::Request batch_request(const Target& container, std::string_view boundary, std::string_view body) {
  http::Request request = container_request(http::Method::post, container);
  request.query.emplace_back("comp", "batch");
  request.headers.add("content-type", fmt::format("multipart/mixed; boundary={}", boundary));
  request.body = Bytes(body.data(), body.size());
  return request;
}

Result<std::vector<http::Response>> parse_batch(std::size_t count, const http::Response& response) {
  const std::string boundary = boundary_of(response.headers.get("content-type"));
  if (boundary.empty()) return unclear("the reply to the batch has no boundary");
  const std::string mark = "--" + boundary;
  std::vector<http::Response> replies(count);
  std::size_t found = 0;
  std::string_view rest = response.body;
  for (std::size_t at = rest.find(mark); at != std::string_view::npos; at = rest.find(mark)) {
    rest.remove_prefix(at + mark.size());
    if (rest.starts_with("--")) break;
    (void)take_line(rest);
    Part part = parse_part(rest.substr(0, rest.find(mark)));
    // A batch that is refused as a whole has one part, without an id.
    if (!part.id && part.response.status >= 400 && count > 1) {
      Error error = failure_of({}, part.response).error;
      error.message = "the batch was refused: " + error.message;
      return error;
    }
    const std::uint64_t id = part.id.value_or(found);
    if (id >= count || replies[id].status != 0 || part.response.status == 0) {
      return unclear(fmt::format("the reply to the batch answers {} of {} requests in a way that is not understood",
                                 found, count));
    }
    replies[id] = std::move(part.response);
    ++found;
  }
  if (found != count) return unclear(fmt::format("the reply to the batch answers {} of {} requests", found, count));
  return replies;
}

}  // namespace cloudkit::inline v0::azure::blob
