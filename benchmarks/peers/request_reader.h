#pragma once

#include "peers/stream.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::bench {

/// The head of a request, as far as the static server looks at it.
struct RequestHead {
  std::string method;
  std::string path;  ///< Decoded.
  std::map<std::string, std::string, std::less<>> query;
  std::map<std::string, std::string, std::less<>> headers;  ///< By names in lower case.

  std::string header(std::string_view name) const;
  std::string parameter(std::string_view name) const;
  bool asks_for(std::string_view parameter) const { return query.contains(parameter); }
};

/// Requests of one connection, in turn.
class RequestReader {
 public:
  explicit RequestReader(Stream& stream) : stream_(stream), buffer_(64 * 1024) {}

  /// Nothing at the end of the connection, or of what is HTTP.
  std::optional<RequestHead> next();
  /// Reads the body of what `next` returned, and drops it.
  bool skip_body(const RequestHead& head);

 private:
  std::string_view rest() const { return {buffer_.data() + begin_, end_ - begin_}; }
  bool fill();
  bool skip(std::uint64_t size);
  bool skip_chunks();
  std::optional<std::string> line();

  Stream& stream_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace cloudkit::bench
