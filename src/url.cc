#include <cloudkit/open.h>

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0 {
namespace {

using core::invalid_argument;

Error bad_url(std::string_view text, std::string_view why) {
  return invalid_argument(fmt::format("\"{}\": {}", core::shown_url(text), why),
                          "a bucket's URL looks like s3://BUCKET/PREFIX?region=REGION");
}

bool is_scheme(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-';
  });
}

Status parse_query(std::string_view query, std::map<std::string, std::string>& out) {
  while (!query.empty()) {
    const std::string_view item = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(item.size() + 1, query.size()));
    const std::size_t equals = item.find('=');
    if (equals == 0 || equals == std::string_view::npos) return invalid_argument("a query item is not KEY=VALUE");
    const auto key = core::percent_decode(item.substr(0, equals));
    const auto value = core::percent_decode(item.substr(equals + 1));
    if (!key || !value) return invalid_argument("bad percent encoding in the query");
    if (core::has_control_character(*value)) return invalid_argument("a control character in the query");
    if (!out.emplace(*key, *value).second)
      return invalid_argument(fmt::format("query key \"{}\" is given twice", *key));
  }
  return {};
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  if (core::has_control_character(text)) return bad_url(text, "holds a control character");
  if (!core::is_valid_utf8(text)) return bad_url(text, "is not UTF-8");
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos || !is_scheme(text.substr(0, colon))) return bad_url(text, "is not SCHEME://…");
  if (text.find('#') != std::string_view::npos) return bad_url(text, "holds a '#'; write %23 for one in a key");

  Url url;
  url.scheme = core::to_lower(text.substr(0, colon));
  std::string_view rest = text.substr(colon + 3);
  if (const std::size_t mark = rest.find('?'); mark != std::string_view::npos) {
    if (auto status = parse_query(rest.substr(mark + 1), url.query); !status)
      return bad_url(text, status.error().message);
    rest = rest.substr(0, mark);
  }
  const std::string_view authority = rest.substr(0, rest.find('/'));
  if (authority.find('@') != std::string_view::npos) return bad_url(text, "credentials do not belong into a URL");
  // An ARN is no bucket's name, but a backend knows better what to say of it.
  if (authority.find(':') != std::string_view::npos && !authority.starts_with("arn:")) {
    return bad_url(text, "a port does not belong here; another server is ?endpoint=https://HOST:PORT");
  }
  if (authority.find('%') != std::string_view::npos) return bad_url(text, "a bucket's name has no percent encoding");
  const auto path = core::percent_decode(rest.substr(authority.size()));
  if (!path) return bad_url(text, "bad percent encoding");
  if (core::has_control_character(*path)) return bad_url(text, "holds a control character");
  url.host = authority;
  url.path = *path;
  return url;
}

Status Url::allow_only(const std::vector<std::string_view>& known) const {
  for (const auto& [key, value] : query) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    return invalid_argument(fmt::format("unknown query key \"{}\" for {}://", key, scheme),
                            known.empty() ? "it takes none" : fmt::format("known are: {}", fmt::join(known, ", ")));
  }
  return {};
}

std::string Url::get(std::string_view key) const {
  const auto it = query.find(std::string(key));
  return it == query.end() ? std::string() : it->second;
}

}  // namespace cloudkit::inline v0
