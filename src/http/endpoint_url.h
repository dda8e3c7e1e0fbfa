#pragma once

#include <cloudkit/result.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::http {

/// Where requests to a service go.
struct Endpoint {
  std::string scheme = "https";
  std::string host = {};       ///< With ":port" unless it is the scheme's own.
  std::string base_path = {};  ///< Empty or "/BASE", decoded.
  bool custom = false;         ///< Somebody named it; else it follows from the region.
  bool is_private = true;      ///< Nobody on the way can read or change what is sent: TLS or loopback.

  bool is_ip() const noexcept;
  std::string_view host_name() const noexcept;  ///< Without the port.
};

/// "s3.example.com" is below "example.com", which itself is not.
bool is_below(std::string_view host, std::string_view domain) noexcept;

/// "https://HOST[:PORT][/BASE]". Errors: `invalid_argument`; plain http to another machine than this one, unless
/// `allow_http`.
Result<Endpoint> parse_endpoint(std::string_view text, bool allow_http);

}  // namespace cloudkit::inline v0::http
