// Both parsers of the small HTTP. The first byte chooses the parser and the size of the pieces; the rest is what the
// peer sends.
#include "core/encode.h"
#include "http/loopback/parser.h"
#include "http/loopback/serialize.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

using namespace cloudkit;
namespace loopback = cloudkit::http::loopback;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// Small, so that the fuzzer reaches them.
constexpr loopback::Limits kLimits{2048, 16, 512};

struct Outcome {
  std::size_t taken = 0;
  bool done = false;
  std::optional<Error> error = {};
};

Outcome feed(loopback::MessageParser& parser, std::string_view bytes, std::size_t piece) {
  Outcome outcome;
  while (outcome.taken < bytes.size() && !parser.done()) {
    const std::string_view next = bytes.substr(outcome.taken, piece);
    const auto taken = parser.feed(next);
    if (!taken) {
      outcome.error = taken.error();
      return outcome;
    }
    require(*taken == next.size() || parser.done());
    outcome.taken += *taken;
  }
  outcome.done = parser.done();
  return outcome;
}

// What is understood may not depend on how the network cut it.
void check_same(const Outcome& whole, const Outcome& pieces) {
  require(whole.done == pieces.done && whole.error.has_value() == pieces.error.has_value());
  if (whole.done) require(whole.taken == pieces.taken);
  if (!whole.error) return;
  require(whole.error->message == pieces.error->message && whole.error->http_status == pieces.error->http_status);
  require(!core::has_control_character(whole.error->message));
}

void check_fields(const http::Headers& headers, const http::Headers& trailers) {
  require(headers.size() + trailers.size() <= kLimits.headers);
  for (const http::Headers* fields : {&headers, &trailers}) {
    for (const http::Header& field : *fields) {
      require(core::is_http_token(field.name) && core::is_http_field_value(field.value));
    }
  }
}

http::Headers without_framing(const http::Headers& fields) {
  http::Headers rest = fields;
  for (const char* name : {"Content-Length", "Transfer-Encoding", "Trailer", "Connection"}) rest.remove(name);
  return rest;
}

std::string text_of(const Result<loopback::Wire>& wire) {
  require(wire.has_value());
  return wire->head + std::string(wire->body) + wire->tail;
}

void check_request(std::string_view bytes, std::size_t piece) {
  loopback::RequestParser parser(kLimits);
  const Outcome outcome = feed(parser, bytes, bytes.size());
  loopback::RequestParser in_pieces(kLimits);
  check_same(outcome, feed(in_pieces, bytes, piece));
  if (outcome.error) {
    const int status = outcome.error->http_status;
    require(status == 400 || status == 413 || status == 431 || status == 501 || status == 505);
  }
  if (!outcome.done) return;
  loopback::Request request = parser.take();
  check_fields(request.headers, request.trailers);
  require(request.body.size() <= kLimits.body_bytes);
  require(request.target == "*" || request.target.starts_with('/'));
  // What was read can be written, and is then read as the same.
  request.headers = without_framing(request.headers);
  request.trailers = without_framing(request.trailers);
  loopback::RequestParser again({});
  const std::string written = text_of(serialize(request, "h"));
  require(feed(again, written, written.size()).done);
  const loopback::Request same = again.take();
  require(same.method == request.method && same.target == request.target && same.body == request.body);
  require(same.trailers.size() == request.trailers.size());
}

void check_response(std::string_view bytes, std::size_t piece, std::string_view method) {
  loopback::ResponseParser parser(method, kLimits);
  Outcome outcome = feed(parser, bytes, bytes.size());
  loopback::ResponseParser in_pieces(method, kLimits);
  check_same(outcome, feed(in_pieces, bytes, piece));
  if (outcome.error) return require(outcome.error->http_status == 0);
  if (!parser.end_of_stream()) return;
  require(parser.done());
  loopback::Response response = parser.take();
  check_fields(response.headers, response.trailers);
  require(response.body.size() <= kLimits.body_bytes && response.status >= 100 && response.status <= 599);
  require(method != "HEAD" || response.body.empty());
  if (response.status < 200 || method == "HEAD") return;
  response.headers = without_framing(response.headers);
  response.trailers = without_framing(response.trailers);
  loopback::ResponseParser again(method);
  const std::string written = text_of(serialize(response, {}));
  require(feed(again, written, written.size()).done);
  const loopback::Response same = again.take();
  require(same.status == response.status && same.body == response.body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = std::max<std::size_t>(data[0] >> 2, 1);
  switch (data[0] & 3) {
    case 0: check_response(bytes, piece, "GET"); break;
    case 1: check_response(bytes, piece, "HEAD"); break;
    default: check_request(bytes, piece);
  }
  return 0;
}
