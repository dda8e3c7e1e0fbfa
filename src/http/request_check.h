#pragma once

#include <cloudkit/driver/http.h>

#include <string>
#include <string_view>

/// What the transport refuses before it opens a socket.
namespace cloudkit::inline v0::http {

/// Where a request goes: "127.0.0.1", "objects.example" or "[::1]" with ":9000" or without.
enum class HostKind {
  loopback,    ///< 127.0.0.0/8, ::1 or localhost: nothing leaves the machine.
  link_local,  ///< 169.254.0.0/16, fe80::/10, fd00:ec2::/32: where machines ask for their metadata.
  other,
};

/// Errors: `invalid_argument` for anything but a name or address and a port. What a URL would
/// read otherwise (`@`, `/`, `#`, `%`, blanks) cannot move the request to another host.
Result<HostKind> classify_host(std::string_view host);

/// Whether that is this machine; what is no host is not.
bool is_loopback(std::string_view host);

/// Checks scheme, host and headers. Errors: `invalid_argument`.
Result<HostKind> check_request(const Request& request, bool allow_http);

}  // namespace cloudkit::inline v0::http
