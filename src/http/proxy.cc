#include "http/proxy.h"

#include "core/address.h"
#include "core/encode.h"
#include "core/fail.h"
#include "http/request_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <vector>

namespace cloudkit::inline v0::http {
namespace {

// Without a port the scheme's own, as the AWS CLI and Go have it; libcurl takes 1080 for http too.
struct KnownScheme {
  std::string_view name;
  std::string_view port;
};
constexpr std::array<KnownScheme, 6> kSchemes = {{{"http", "80"},
                                                  {"https", "443"},
                                                  {"socks4", "1080"},
                                                  {"socks4a", "1080"},
                                                  {"socks5", "1080"},
                                                  {"socks5h", "1080"}}};

struct Named {
  std::string value = {};
  std::string name = {};
};

// The first of these variables that is not empty.
Named first_of(std::initializer_list<const char*> variables) {
  for (const char* name : variables) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return {value, name};
  }
  return {};
}

Named configured_proxy(const TransportOptions& options, std::string_view scheme) {
  if (!options.proxy.empty()) return {options.proxy, "the option proxy"};
  if (scheme == "https") return first_of({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
  return first_of({"http_proxy", "all_proxy", "ALL_PROXY"});
}

struct HostAndPort {
  std::string_view host;  // Without brackets.
  std::string_view port;
};

HostAndPort split_port(std::string_view text) noexcept {
  if (text.starts_with('[')) {
    const std::size_t end = std::min(text.find(']'), text.size());
    const std::string_view rest = text.substr(std::min(end + 1, text.size()));
    return {text.substr(1, end - 1), rest.substr(rest.starts_with(':') ? 1 : 0)};
  }
  const std::size_t colon = text.find(':');
  // Two colons: an IPv6 address as such.
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

bool is_in_network(std::string_view network, std::string_view host) {
  const std::size_t slash = network.find('/');
  const auto bits = core::parse_u64(network.substr(slash + 1));
  const auto base = core::address_bytes(network.substr(0, slash));
  const auto address = core::address_bytes(host);
  if (!bits || base.empty() || base.size() != address.size() || *bits > 8 * base.size()) return false;
  for (std::size_t i = 0; i < *bits; ++i) {
    const int bit = 0x80 >> (i % 8);
    if (((base[i / 8] ^ address[i / 8]) & bit) != 0) return false;
  }
  return true;
}

bool is_same_or_below(std::string_view domain, std::string_view host) {
  if (domain.starts_with("*.")) domain.remove_prefix(1);
  while (domain.starts_with('.')) domain.remove_prefix(1);
  while (domain.ends_with('.')) domain.remove_suffix(1);
  while (host.ends_with('.')) host.remove_suffix(1);
  if (domain.empty() || host.size() < domain.size()) return false;
  const std::string_view above = host.substr(0, host.size() - domain.size());
  return core::equals_ignoring_case(host.substr(above.size()), domain) && (above.empty() || above.ends_with('.'));
}

bool matches(std::string_view entry, const HostAndPort& target) {
  if (entry == "*") return true;
  if (entry.find('/') != std::string_view::npos) return is_in_network(entry, target.host);
  const auto [host, port] = split_port(entry);
  if (!port.empty() && port != target.port) return false;
  const auto address = core::address_bytes(target.host);
  return address.empty() ? is_same_or_below(host, target.host) : core::address_bytes(host) == address;
}

// Never shows the value, which may hold a password.
Error not_a_proxy(const std::string& named_by) {
  return core::invalid_argument(fmt::format("what {} says is not a proxy", named_by),
                                "a proxy is http://[USER:PASSWORD@]HOST[:PORT], also with https, socks5 or socks5h; "
                                "in user and password @ is written %40, / is %2F and so on");
}

Result<Proxy> parse_proxy(const Named& configured) {
  std::string_view rest = configured.value;
  Proxy proxy;
  proxy.named_by = configured.name;
  const std::size_t colon = rest.find("://");
  proxy.scheme = colon == std::string_view::npos ? "http" : core::to_lower(rest.substr(0, colon));
  if (colon != std::string_view::npos) rest.remove_prefix(colon + 3);
  const auto known = std::find_if(kSchemes.begin(), kSchemes.end(),
                                  [&](const KnownScheme& scheme) { return scheme.name == proxy.scheme; });
  if (known == kSchemes.end()) return not_a_proxy(configured.name);

  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    const std::string_view credentials = rest.substr(0, at);
    const std::size_t separator = std::min(credentials.find(':'), credentials.size());
    const auto user = core::percent_decode(credentials.substr(0, separator));
    const auto password = core::percent_decode(credentials.substr(std::min(separator + 1, credentials.size())));
    if (!user || !password) return not_a_proxy(configured.name);
    if (core::has_control_character(*user) || core::has_control_character(*password)) {
      return not_a_proxy(configured.name);
    }
    proxy.user = *user;
    proxy.password = *password;
    rest.remove_prefix(at + 1);
  }
  if (!classify_host(rest)) return not_a_proxy(configured.name);
  proxy.host = split_port(rest).port.empty() ? fmt::format("{}:{}", rest, known->port) : std::string(rest);
  return proxy;
}

}  // namespace

bool is_listed(std::string_view no_proxy, std::string_view host) {
  const HostAndPort target = split_port(host);
  while (!no_proxy.empty()) {
    const std::size_t end = std::min(no_proxy.find_first_of(", \t"), no_proxy.size());
    const std::string_view entry = no_proxy.substr(0, end);
    if (!entry.empty() && matches(entry, target)) return true;
    no_proxy.remove_prefix(std::min(end + 1, no_proxy.size()));
  }
  return false;
}

Result<Proxy> find_proxy(const TransportOptions& options, std::string_view scheme, std::string_view host) {
  const Named configured = configured_proxy(options, scheme);
  if (configured.value.empty() || options.proxy == "none") return Proxy{};
  const std::string no_proxy = options.no_proxy.empty() ? first_of({"no_proxy", "NO_PROXY"}).value : options.no_proxy;
  if (is_listed(no_proxy, host)) return Proxy{};
  return parse_proxy(configured);
}

}  // namespace cloudkit::inline v0::http
