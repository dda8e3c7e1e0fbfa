#pragma once

#include <cloudkit/driver/http.h>

#include <cstddef>
#include <string>

/// A small HTTP/1.1 for the processes of one machine and for hosts that put their own front-end
/// before us: no TLS, no names, no proxies. Whole messages, bounded in size.
/// https://www.rfc-editor.org/rfc/rfc9112
namespace cloudkit::inline v0::http::loopback {

/// Content-Length, Transfer-Encoding, Trailer and Connection are the connection's own: in a message to be sent they
/// are refused; in one that was received they are what the peer said.
struct Request {
  std::string method = "GET";
  std::string target = "/";  ///< Path and query, encoded. A received absolute-form is cut to them.
  Headers headers = {};
  std::string body = {};
  bool chunked = false;   ///< Sent in chunks, or received so.
  Headers trailers = {};  ///< Need `chunked`.
};

struct Response {
  int status = 200;
  Headers headers = {};
  std::string body = {};
  bool chunked = false;   ///< As in a request; to a client of HTTP/1.0 the body goes whole, without the trailers.
  Headers trailers = {};  ///< Need `chunked`.
};

/// What a received message may have at most.
struct Limits {
  std::size_t head_bytes = std::size_t{64} << 10;  ///< Start line, headers, trailers and chunk extensions together.
  std::size_t headers = 128;                       ///< With the trailers.
  std::size_t body_bytes = std::size_t{16} << 20;
};

}  // namespace cloudkit::inline v0::http::loopback
