#include <cloudkit/open.h>

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace cloudkit::inline v0 {
namespace {

using core::invalid_argument;

bool is_login(std::string_view text) { return core::equals_ignoring_case(text.substr(0, 6), "ssh://"); }

Error bad_url(std::string_view text, std::string_view why, std::string hint = {}) {
  if (hint.empty()) {
    hint = is_login(text) ? "a host's URL looks like ssh://USER@HOST:PORT?key=FILE"
                          : "a bucket's URL looks like s3://BUCKET/PREFIX?region=REGION";
  }
  return invalid_argument(fmt::format("\"{}\": {}", core::shown_url(text), why), std::move(hint));
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

// USER@HOST:PORT, of which only the host must be there. Sets what it finds; else says what is wrong, with a hint.
Status parse_login(std::string_view authority, Url& url) {
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    url.user = authority.substr(0, at);
    authority.remove_prefix(at + 1);
    if (url.user.find(':') != std::string::npos) {
      return invalid_argument("a password does not belong into a URL", "ssh is let in by a key: ?key=FILE");
    }
    if (url.user.empty()) return invalid_argument("there is no user before the '@'");
  }
  const bool bracketed = authority.starts_with('[');
  const std::size_t host_end = bracketed ? authority.find(']') : std::min(authority.find(':'), authority.size());
  if (host_end == std::string_view::npos) return invalid_argument("an address in brackets has no end");
  url.host = authority.substr(bracketed ? 1 : 0, host_end - (bracketed ? 1 : 0));
  authority.remove_prefix(host_end + (bracketed ? 1 : 0));
  if (authority.empty()) return {};
  const auto port = authority.front() == ':' ? core::parse_u64(authority.substr(1)) : std::nullopt;
  if (!port || *port < 1 || *port > 65535) {
    return invalid_argument("the port is not a number from 1 to 65535",
                            "an IPv6 address stands in brackets: [2001:db8::1]");
  }
  url.port = static_cast<int>(*port);
  return {};
}

// A bucket, a region and the like.
Status parse_name(std::string_view authority, Url& url) {
  if (authority.find('@') != std::string_view::npos) return invalid_argument("credentials do not belong into a URL");
  // An ARN is for the backend to say what it is.
  if (authority.find(':') != std::string_view::npos && !authority.starts_with("arn:")) {
    return invalid_argument("a port does not belong here; another server is ?endpoint=https://HOST:PORT");
  }
  if (authority.find('%') != std::string_view::npos) return invalid_argument("a bucket's name has no percent encoding");
  url.host = authority;
  return {};
}

// "arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME" is a name with a slash in it.
std::string_view authority_of(std::string_view rest) {
  const std::size_t slash = rest.find('/');
  const std::string_view first = rest.substr(0, slash);
  if (!first.starts_with("arn:") || !first.ends_with(":accesspoint")) return first;
  return rest.substr(0, rest.find('/', slash + 1));
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
  const std::string_view authority = authority_of(rest);
  if (auto status = is_login(text) ? parse_login(authority, url) : parse_name(authority, url); !status) {
    return bad_url(text, status.error().message, status.error().hint);
  }
  const auto path = core::percent_decode(rest.substr(authority.size()));
  if (!path) return bad_url(text, "bad percent encoding");
  if (core::has_control_character(*path)) return bad_url(text, "holds a control character");
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
