#include "http/loopback/serialize.h"

#include "core/encode.h"
#include "core/fail.h"
#include "core/time.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cloudkit::inline v0::http::loopback {
namespace {

Status write_fields(const Headers& fields, std::string& out) {
  for (const Header& field : fields) {
    if (!core::is_http_token(field.name)) {
      return core::invalid_argument(
          fmt::format("\"{}\" cannot be a header's name", core::printable_excerpt(field.name, 80)));
    }
    if (core::is_framing_header(field.name)) {
      return core::invalid_argument(fmt::format("the header {} is set by the connection", field.name));
    }
    if (!core::is_http_field_value(field.value)) {  // The value itself may be a secret.
      return core::invalid_argument(fmt::format("the value of header {} has control characters", field.name));
    }
    out.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  return {};
}

// The end of the head, and how the body goes out.
Status write_body(std::string_view body, const Headers& trailers, bool chunked, Wire& wire) {
  wire.body = body;
  if (!chunked) {
    wire.head += fmt::format("Content-Length: {}\r\n\r\n", body.size());
    return {};
  }
  wire.head += "Transfer-Encoding: chunked\r\n\r\n";
  if (!body.empty()) {
    wire.head += fmt::format("{:x}\r\n", body.size());
    wire.tail = "\r\n";
  }
  wire.tail += "0\r\n";
  if (auto status = write_fields(trailers, wire.tail); !status) return status;
  wire.tail += "\r\n";
  return {};
}

Status check_trailers(const Headers& trailers, bool chunked) {
  return chunked || trailers.size() == 0 ? Status() : core::invalid_argument("trailers need a chunked body");
}

Status check_request_line(const Request& request) {
  if (!core::is_http_token(request.method) || request.method == "CONNECT") {
    return core::invalid_argument(fmt::format("\"{}\" is not a method", core::printable_excerpt(request.method, 80)));
  }
  const auto is_allowed = [](char c) { return c > 0x20 && c < 0x7F && c != '#'; };
  const bool is_path =
      request.target.starts_with('/') && std::all_of(request.target.begin(), request.target.end(), is_allowed);
  if (!is_path && !(request.target == "*" && request.method == "OPTIONS")) {
    return core::invalid_argument("a target is an encoded path that begins with /");
  }
  return {};
}

// https://www.rfc-editor.org/rfc/rfc9110#section-15. Nobody reads them but people.
std::string_view reason_of(int status) noexcept {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 413: return "Content Too Large";
    case 417: return "Expectation Failed";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "";
  }
}

}  // namespace

Result<Wire> serialize(const Request& request, std::string_view host) {
  if (auto status = check_request_line(request); !status) return std::move(status).error();
  if (auto status = check_trailers(request.trailers, request.chunked); !status) return std::move(status).error();
  Wire wire;
  wire.head = fmt::format("{} {} HTTP/1.1\r\n", request.method, request.target);
  if (!request.headers.contains("Host")) wire.head.append("Host: ").append(host).append("\r\n");
  if (auto status = write_fields(request.headers, wire.head); !status) return std::move(status).error();
  // https://www.rfc-editor.org/rfc/rfc9110#section-8.6: no length where none is expected.
  const bool has_body =
      request.chunked || !request.body.empty() || (request.method != "GET" && request.method != "HEAD");
  if (!has_body) {
    wire.head += "\r\n";
    return wire;
  }
  if (auto status = write_body(request.body, request.trailers, request.chunked, wire); !status) {
    return std::move(status).error();
  }
  return wire;
}

Result<Wire> serialize(const Response& response, const ReplyFraming& framing) {
  if (response.status < 200 || response.status > 599) {
    return core::invalid_argument(fmt::format("{} is not the status of a reply", response.status));
  }
  if (auto status = check_trailers(response.trailers, response.chunked); !status) return std::move(status).error();
  Wire wire;
  wire.head = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_of(response.status));
  if (!response.headers.contains("Date")) {
    wire.head += fmt::format("Date: {}\r\n", core::format_http_date(std::chrono::system_clock::now()));
  }
  if (auto status = write_fields(response.headers, wire.head); !status) return std::move(status).error();
  if (!framing.keep_alive) wire.head += "Connection: close\r\n";
  if (framing.keep_alive && framing.minor_version == 0) wire.head += "Connection: keep-alive\r\n";
  if (response.status == 204 || response.status == 304) {
    wire.head += "\r\n";
    return wire;
  }
  const bool chunked = response.chunked && framing.minor_version > 0;
  if (framing.to_head) {
    wire.head += chunked ? "Transfer-Encoding: chunked\r\n\r\n"
                         : fmt::format("Content-Length: {}\r\n\r\n", response.body.size());
    return wire;
  }
  if (auto status = write_body(response.body, response.trailers, chunked, wire); !status)
    return std::move(status).error();
  return wire;
}

}  // namespace cloudkit::inline v0::http::loopback
