#include "http/request_check.h"

#include "core/encode.h"
#include "core/fail.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

namespace cloudkit::inline v0::http {
namespace {

struct Authority {
  std::string name = {};  // Without brackets.
  bool is_ipv6 = false;
};

bool is_port(std::string_view text) {
  const auto port = core::parse_u64(text);
  return port && *port > 0 && *port <= 65535 && text.size() <= 5;
}

bool is_name_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

// "127.1", "0x7f000001": curl would write the address in its usual form, and not what was signed.
bool is_unusual_ipv4(const std::string& name) {
  if (name.find_first_not_of("0123456789abcdefxABCDEFX.") != std::string::npos) return false;
  std::size_t begin = 0;
  while (true) {
    const std::string label = name.substr(begin, name.find('.', begin) - begin);
    const bool is_hex = label.starts_with("0x") || label.starts_with("0X");
    const char* const digits = is_hex ? "0123456789abcdefABCDEF" : "0123456789";
    if (label.empty() || label.find_first_not_of(digits, is_hex ? 2 : 0) != std::string::npos) return false;
    if (begin + label.size() == name.size()) break;
    begin += label.size() + 1;
  }
  in_addr address = {};
  return ::inet_pton(AF_INET, name.c_str(), &address) != 1;
}

std::optional<Authority> split_authority(std::string_view host) {
  const bool is_ipv6 = host.starts_with('[');
  const std::size_t end = is_ipv6 ? host.find(']') : std::min(host.find(':'), host.size());
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view name = is_ipv6 ? host.substr(1, end - 1) : host.substr(0, end);
  const std::string_view rest = host.substr(end + (is_ipv6 ? 1 : 0));
  if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return std::nullopt;
  if (name.empty() || name.size() > 255) return std::nullopt;
  Authority authority{std::string(name), is_ipv6};
  if (is_ipv6) return authority;
  const bool is_name = std::all_of(name.begin(), name.end(), is_name_character) && !is_unusual_ipv4(authority.name);
  return is_name ? std::optional(std::move(authority)) : std::nullopt;
}

HostKind classify_ipv4(const in_addr& address) noexcept {
  const std::uint32_t bits = ntohl(address.s_addr);
  if (bits >> 24 == 127) return HostKind::loopback;
  return bits >> 16 == 0xA9FE ? HostKind::link_local : HostKind::other;
}

HostKind classify_ipv6(const in6_addr& address) noexcept {
  const auto* bytes = address.s6_addr;
  const bool is_one = std::all_of(bytes, bytes + 15, [](unsigned char b) { return b == 0; }) && bytes[15] == 1;
  if (is_one) return HostKind::loopback;
  const bool is_link_local = bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80;
  // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
  constexpr std::array<unsigned char, 4> kAmazonMetadata = {0xFD, 0x00, 0x0E, 0xC2};
  const bool is_metadata = std::equal(kAmazonMetadata.begin(), kAmazonMetadata.end(), bytes);
  return is_link_local || is_metadata ? HostKind::link_local : HostKind::other;
}

// Content-Length and Host are the transport's; a chunked request body would have no length.
bool is_reserved_header(std::string_view name) {
  constexpr std::array kReserved = {"host", "content-length", "transfer-encoding", "connection"};
  return std::any_of(kReserved.begin(), kReserved.end(),
                     [&](const char* reserved) { return core::equals_ignoring_case(name, reserved); });
}

// As RFC 3986 has it in 3.3; else it would be part of the host, of the query, or of the next line.
bool is_encoded_path(std::string_view path) noexcept {
  constexpr std::string_view kOthers = "/%-._~!$&'()*+,;=:@";
  return path.starts_with('/') && std::all_of(path.begin(), path.end(), [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  kOthers.find(c) != std::string_view::npos;
         });
}

Status check_headers(const Headers& headers) {
  for (const Header& header : headers) {
    if (!core::is_http_token(header.name)) {
      return core::invalid_argument(
          fmt::format("\"{}\" cannot be a header's name", core::printable_excerpt(header.name, 80)));
    }
    if (is_reserved_header(header.name)) {
      return core::invalid_argument(fmt::format("the header {} is set by the transport", header.name));
    }
    if (!core::is_http_field_value(header.value)) {  // The value itself may be a secret.
      return core::invalid_argument(fmt::format("the value of header {} has control characters", header.name));
    }
  }
  return {};
}

}  // namespace

Result<HostKind> classify_host(std::string_view host) {
  const auto authority = split_authority(host);
  in_addr ipv4 = {};
  in6_addr ipv6 = {};
  if (!authority || (authority->is_ipv6 && ::inet_pton(AF_INET6, authority->name.c_str(), &ipv6) != 1)) {
    return core::invalid_argument(
        fmt::format("\"{}\" is not a host name with an optional port", core::printable_excerpt(host, 80)));
  }
  if (authority->is_ipv6) return classify_ipv6(ipv6);
  if (core::equals_ignoring_case(authority->name, "localhost")) return HostKind::loopback;
  if (::inet_pton(AF_INET, authority->name.c_str(), &ipv4) == 1) return classify_ipv4(ipv4);
  return HostKind::other;
}

bool is_loopback(std::string_view host) {
  const auto kind = classify_host(host);
  return kind && *kind == HostKind::loopback;
}

Result<HostKind> check_request(const Request& request, bool allow_http) {
  if (request.scheme != "https" && request.scheme != "http") {
    return core::invalid_argument(
        fmt::format("\"{}\" is not http or https", core::printable_excerpt(request.scheme, 80)));
  }
  auto kind = classify_host(request.host);
  if (!kind) return kind;
  if (!request.path.empty() && request.path.front() != '/') {
    return core::invalid_argument("a request's path begins with /");  // Else it would become part of the host.
  }
  if (!request.encoded_path.empty() && !is_encoded_path(request.encoded_path)) {
    return core::invalid_argument("a request's encoded_path begins with /, and is percent-encoded");
  }
  if (request.scheme == "http" && !allow_http && *kind != HostKind::loopback) {
    return core::invalid_argument(
        fmt::format("plain http to {} would show the data to everyone on the way", request.host),
        "use https, or say allow_http when the network is trusted");
  }
  if (auto status = check_headers(request.headers); !status) return std::move(status).error();
  return kind;
}

}  // namespace cloudkit::inline v0::http
