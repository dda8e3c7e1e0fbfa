#include "http/parse_url.h"

#include "core/encode.h"
#include "core/fail.h"
#include "http/request_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace cloudkit::inline v0::http {
namespace {

Error bad_url(std::string_view url, std::string_view why) {
  return core::invalid_argument(fmt::format("\"{}\" {}", core::shown_url(url), why),
                                "a URL is http[s]://HOST[:PORT][/PATH]");
}

// Nothing for bad percent encoding. An item without "=" has an empty value.
std::optional<Query> decode_query(std::string_view text) {
  Query query;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    const std::size_t equals = std::min(item.find('='), item.size());
    auto name = core::percent_decode(item.substr(0, equals));
    auto value = core::percent_decode(item.substr(std::min(equals + 1, item.size())));
    if (!name || !value) return std::nullopt;
    query.emplace_back(*std::move(name), *std::move(value));
  }
  return query;
}

}  // namespace

Result<Request> parse_url(std::string_view url) {
  if (core::has_control_character(url)) return bad_url(url, "has a control character");
  const std::size_t colon = url.find("://");
  Request request;
  request.scheme = colon == std::string_view::npos ? "" : core::to_lower(url.substr(0, colon));
  if (request.scheme != "http" && request.scheme != "https") {
    return bad_url(url, "does not begin with http:// or https://");
  }
  const std::string_view rest = url.substr(colon + 3);
  const std::size_t host_end = std::min(rest.find_first_of("/?#"), rest.size());
  request.host = core::to_lower(rest.substr(0, host_end));
  if (!classify_host(request.host)) return bad_url(url, "names no valid host and port");

  const std::string_view target = rest.substr(host_end);
  if (target.find('#') != std::string_view::npos) return bad_url(url, "has a fragment");
  const std::size_t mark = std::min(target.find('?'), target.size());
  auto path = core::percent_decode(target.substr(0, mark));
  auto query = decode_query(target.substr(std::min(mark + 1, target.size())));
  if (!path || !query) return bad_url(url, "has bad percent encoding");
  request.path = path->empty() ? "/" : *std::move(path);
  request.query = *std::move(query);
  return request;
}

}  // namespace cloudkit::inline v0::http
