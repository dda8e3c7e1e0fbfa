#include "peers/request_reader.h"

#include "core/encode.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace cloudkit::bench {
namespace {

std::string decoded(std::string_view text) { return core::percent_decode(text).value_or(std::string(text)); }

void read_target(RequestHead& head, std::string_view target) {
  const std::size_t mark = target.find('?');
  head.path = decoded(target.substr(0, mark));
  std::string_view query = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  while (!query.empty()) {
    const std::string_view one = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), one.size() + 1));
    const std::size_t equals = one.find('=');
    head.query[decoded(one.substr(0, equals))] =
        equals == std::string_view::npos ? std::string() : decoded(one.substr(equals + 1));
  }
}

std::string value_in(const std::map<std::string, std::string, std::less<>>& all, std::string_view name) {
  const auto found = all.find(name);
  return found == all.end() ? std::string() : found->second;
}

}  // namespace

std::string RequestHead::header(std::string_view name) const { return value_in(headers, name); }
std::string RequestHead::parameter(std::string_view name) const { return value_in(query, name); }

bool RequestReader::fill() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ == buffer_.size()) {
    if (begin_ == 0) return false;
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const std::size_t count = stream_.read(buffer_.data() + end_, buffer_.size() - end_);
  end_ += count;
  return count > 0;
}

std::optional<std::string> RequestReader::line() {
  std::size_t found = 0;
  while ((found = rest().find("\r\n")) == std::string_view::npos) {
    if (!fill()) return std::nullopt;
  }
  std::string text(rest().substr(0, found));
  begin_ += found + 2;
  return text;
}

std::optional<RequestHead> RequestReader::next() {
  const auto first = line();
  if (!first) return std::nullopt;
  RequestHead head;
  const std::size_t space = first->find(' ');
  const std::size_t end = first->rfind(' ');
  if (space == std::string::npos || end <= space) return std::nullopt;
  head.method = first->substr(0, space);
  read_target(head, std::string_view(*first).substr(space + 1, end - space - 1));
  while (true) {
    const auto text = line();
    if (!text) return std::nullopt;
    if (text->empty()) return head;
    const std::size_t colon = text->find(':');
    if (colon == std::string::npos) return std::nullopt;
    head.headers[core::to_lower(text->substr(0, colon))] = core::trim(std::string_view(*text).substr(colon + 1));
  }
}

bool RequestReader::skip(std::uint64_t size) {
  const auto buffered = static_cast<std::size_t>(std::min<std::uint64_t>(size, end_ - begin_));
  begin_ += buffered;
  return stream_.discard(size - buffered);
}

bool RequestReader::skip_chunks() {
  while (true) {
    const auto size_line = line();
    if (!size_line) return false;
    const std::uint64_t size = std::strtoull(size_line->c_str(), nullptr, 16);
    if (size > 0 && !skip(size)) return false;
    if (size > 0 && !line()) return false;
    if (size > 0) continue;
    std::optional<std::string> trailer;
    while ((trailer = line()) && !trailer->empty()) continue;
    return trailer.has_value();
  }
}

bool RequestReader::skip_body(const RequestHead& head) {
  const bool chunked = core::equals_ignoring_case(head.header("transfer-encoding"), "chunked");
  const std::uint64_t length = core::parse_u64(head.header("content-length")).value_or(0);
  if (!chunked && length == 0) return true;
  if (!head.header("expect").empty() && !stream_.write("HTTP/1.1 100 Continue\r\n\r\n")) return false;
  return chunked ? skip_chunks() : skip(length);
}

}  // namespace cloudkit::bench
