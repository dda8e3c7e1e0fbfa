#include "aws/s3/endpoint.h"

#include "aws/s3/bucket_name.h"
#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace cloudkit::inline v0::aws::s3 {
namespace {

constexpr std::size_t kMaxRegionLength = 32;
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

bool is_ip(std::string_view host) noexcept { return host.starts_with('[') || is_ipv4(host); }

bool is_loopback(std::string_view host) noexcept {
  return host == "localhost" || host == "[::1]" || (host.starts_with("127.") && is_ipv4(host));
}

bool is_host_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool is_host(std::string_view host) noexcept {
  if (host.starts_with('[')) {
    const std::string_view address = host.substr(1, host.size() - 2);
    return host.size() > 2 && host.ends_with(']') && std::all_of(address.begin(), address.end(), [](char c) {
             return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == ':' || c == '.';
           });
  }
  return !host.empty() && host.front() != '.' && host.front() != '-' && host.find("..") == std::string_view::npos &&
         std::all_of(host.begin(), host.end(), is_host_character);
}

// "HOST:PORT" in lower case and without the scheme's own port; nothing when it is malformed.
std::optional<std::string> normal_authority(std::string_view authority, std::string_view scheme) {
  std::string host = core::to_lower(without_port(authority));
  if (!is_host(host)) return std::nullopt;
  const std::string_view rest = authority.substr(host.size());
  if (rest.empty()) return host;
  const auto port = rest.front() == ':' ? core::parse_u64(rest.substr(1)) : std::nullopt;
  if (!port || *port == 0 || *port > 65535) return std::nullopt;
  if (*port == (scheme == "https" ? 443U : 80U)) return host;
  return fmt::format("{}:{}", host, *port);
}

Error bad_endpoint(std::string_view text, std::string_view why) {
  // It may hold a password by mistake.
  const std::string shown = text.find('@') == std::string_view::npos ? core::printable_excerpt(text, 200) : "...@...";
  return core::invalid_argument(fmt::format("the endpoint \"{}\" {}", shown, why), std::string(kExpected));
}

}  // namespace

bool Endpoint::is_private() const noexcept { return scheme == "https" || is_loopback(without_port(host)); }

bool Endpoint::is_amazon() const noexcept {
  const std::string_view name = without_port(host);
  return name.ends_with(".amazonaws.com") || name.ends_with(".amazonaws.com.cn");
}

bool is_region(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kMaxRegionLength && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

Status check_region(std::string_view region) {
  if (is_region(region)) return {};
  return core::invalid_argument(fmt::format("\"{}\" cannot be a region", core::printable_excerpt(region, 80)),
                                "a region looks like us-west-2");
}

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
  const auto authority = normal_authority(rest.substr(0, slash), endpoint.scheme);
  if (!authority) return bad_endpoint(text, "has no valid host and port");
  endpoint.host = *authority;

  std::string_view base = rest.substr(slash);
  while (base.ends_with('/')) base.remove_suffix(1);
  const auto decoded = core::percent_decode(base);
  if (!decoded || !core::is_valid_utf8(*decoded)) return bad_endpoint(text, "has a path that cannot be decoded");
  endpoint.base_path = *decoded;

  if (!allow_http && !endpoint.is_private()) {
    Error error = bad_endpoint(text, "would send credentials and data unencrypted to another machine");
    error.hint = "use https, or say S3Options::allow_http; a URL cannot say it";
    return error;
  }
  return endpoint;
}

Endpoint amazon_endpoint(std::string_view region) {
  Endpoint endpoint;
  endpoint.host = fmt::format("s3.{}.amazonaws.com{}", region, region.starts_with("cn-") ? ".cn" : "");
  return endpoint;
}

Result<Target> resolve_target(const Endpoint& endpoint, Addressing addressing, std::string_view bucket) {
  Target target;
  target.scheme = endpoint.scheme;
  target.host = endpoint.host;
  target.path = endpoint.base_path;
  if (bucket.empty()) return target;

  // The certificate of *.s3.REGION.amazonaws.com covers one label only.
  const bool covered = bucket.find('.') == std::string_view::npos || endpoint.scheme == "http";
  const bool possible = fits_host(bucket) && covered && !is_ip(without_port(endpoint.host));
  if (addressing == Addressing::virtual_host && !possible) {
    return core::invalid_argument(
        fmt::format("the bucket \"{}\" cannot stand before the host \"{}\"", bucket, target.host),
        "use Addressing::path");
  }
  const bool in_host =
      addressing == Addressing::virtual_host || (addressing == Addressing::automatic && !endpoint.custom && possible);
  if (in_host) {
    target.host = fmt::format("{}.{}", bucket, target.host);
  } else {
    target.path += fmt::format("/{}", bucket);
  }
  return target;
}

}  // namespace cloudkit::inline v0::aws::s3
