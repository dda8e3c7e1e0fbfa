#pragma once

#include <cloudkit/http_options.h>
#include <cloudkit/result.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::http {

/// What stands between this machine and a host.
struct Proxy {
  std::string scheme = {};  ///< http, https, socks4, socks4a, socks5 or socks5h. "": no proxy.
  std::string host = {};    ///< With its port.
  std::string user = {};
  std::string password = {};  ///< Never for a message.
  std::string named_by = {};  ///< "HTTPS_PROXY" or "the option proxy": for messages.

  bool used() const noexcept { return !scheme.empty(); }
  /// Passes bytes on without reading them; else it reads requests and repeats them.
  bool tunnels(std::string_view request_scheme) const noexcept {
    return used() && (request_scheme == "https" || scheme.starts_with("socks"));
  }
};

/// The proxy for requests to `scheme`://`host`: `options.proxy`, else what libcurl's variables
/// say: https_proxy, HTTPS_PROXY (for http only http_proxy, since a web server may set
/// HTTP_PROXY from a request's header), all_proxy, ALL_PROXY; but none where `options.no_proxy`,
/// else no_proxy or NO_PROXY, lists the host. Errors: `invalid_argument`, without the value.
Result<Proxy> find_proxy(const TransportOptions& options, std::string_view scheme, std::string_view host);

/// Whether a list such as "internal.example, 10.0.0.0/8, [fd00::1]:8443" has `host`. A name
/// covers the names below it, "*" everything; an entry with a port only that port.
bool is_listed(std::string_view no_proxy, std::string_view host);

}  // namespace cloudkit::inline v0::http
