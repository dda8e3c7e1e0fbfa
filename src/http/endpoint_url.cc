#include "http/endpoint_url.h"

#include "core/encode.h"
#include "core/fail.h"
#include "http/request_check.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace cloudkit::inline v0::http {
namespace {

constexpr std::string_view kExpected = "an endpoint is https://HOST[:PORT][/BASE]";

// "[::1]:80" and "host:80" without the port.
std::string_view without_port(std::string_view host) noexcept {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

bool is_ipv4(std::string_view host) noexcept {
  int numbers = 0;
  while (true) {
    const std::size_t dot = host.find('.');
    const auto number = core::parse_u64(host.substr(0, dot));
    if (!number || *number > 255) return false;
    ++numbers;
    if (dot == std::string_view::npos) return numbers == 4;
    host.remove_prefix(dot + 1);
  }
}

// "[0:0::1]" as "[::1]".
std::string usual_ipv6(const std::string& name) {
  in6_addr address = {};
  std::array<char, INET6_ADDRSTRLEN> text = {};
  const bool is_one = ::inet_pton(AF_INET6, name.substr(1, name.size() - 2).c_str(), &address) == 1 &&
                      ::inet_ntop(AF_INET6, &address, text.data(), text.size()) != nullptr;
  return is_one ? fmt::format("[{}]", text.data()) : name;
}

// Of a valid host: as curl sends it, since it is signed, and without the port that the scheme has anyway.
std::string normal_host(std::string_view host, std::string_view scheme) {
  const std::string_view given = without_port(host);
  const std::string name = given.starts_with('[') ? usual_ipv6(std::string(given)) : core::to_lower(given);
  const std::string_view rest = host.substr(given.size());
  const auto port = rest.empty() ? std::nullopt : core::parse_u64(rest.substr(1));
  return !port || *port == (scheme == "https" ? 443U : 80U) ? name : fmt::format("{}:{}", name, *port);
}

Error bad_endpoint(std::string_view text, std::string_view why) {
  // It may hold a password by mistake.
  const std::string shown = text.find('@') == std::string_view::npos ? core::printable_excerpt(text, 200) : "...@...";
  return core::invalid_argument(fmt::format("the endpoint \"{}\" {}", shown, why), std::string(kExpected));
}

}  // namespace

bool is_below(std::string_view host, std::string_view domain) noexcept {
  return host.size() > domain.size() && host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.';
}

std::string_view Endpoint::host_name() const noexcept { return without_port(host); }

bool Endpoint::is_ip() const noexcept { return host.starts_with('[') || is_ipv4(host_name()); }

Result<Endpoint> parse_endpoint(std::string_view text, bool allow_http) {
  Endpoint endpoint;
  endpoint.custom = true;
  const std::size_t colon = text.find("://");
  endpoint.scheme = colon == std::string_view::npos ? "" : core::to_lower(text.substr(0, colon));
  if (endpoint.scheme != "https" && endpoint.scheme != "http") {
    return bad_endpoint(text, "does not begin with https:// or http://");
  }
  if (text.find_first_of("?#@\\") != std::string_view::npos || core::has_control_character(text)) {
    return bad_endpoint(text, "has something besides host, port and path");
  }
  const std::string_view rest = text.substr(colon + 3);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view host = rest.substr(0, slash);
  const auto kind = classify_host(host);
  if (!kind) return bad_endpoint(text, "has no valid host and port");
  endpoint.host = normal_host(host, endpoint.scheme);
  endpoint.is_private = endpoint.scheme == "https" || *kind == HostKind::loopback;

  std::string_view base = rest.substr(slash);
  while (base.ends_with('/')) base.remove_suffix(1);
  const auto decoded = core::percent_decode(base);
  if (!decoded || !core::is_valid_utf8(*decoded)) return bad_endpoint(text, "has a path that cannot be decoded");
  endpoint.base_path = *decoded;

  if (!allow_http && !endpoint.is_private) {
    Error error = bad_endpoint(text, "would send credentials and data unencrypted to another machine");
    error.hint = "use https; the option allow_http allows it, but no URL can";
    return error;
  }
  return endpoint;
}

}  // namespace cloudkit::inline v0::http
