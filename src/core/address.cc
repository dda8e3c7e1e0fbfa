#include "core/address.h"

#include <arpa/inet.h>

namespace cloudkit::inline v0::core {

std::vector<unsigned char> address_bytes(std::string_view text) {
  const std::string name(text);
  in_addr ipv4 = {};
  in6_addr ipv6 = {};
  if (::inet_pton(AF_INET, name.c_str(), &ipv4) == 1) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(&ipv4);
    return {bytes, bytes + sizeof ipv4};
  }
  if (::inet_pton(AF_INET6, name.c_str(), &ipv6) == 1) return {ipv6.s6_addr, ipv6.s6_addr + sizeof ipv6};
  return {};
}

std::string address_text(const std::vector<unsigned char>& bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  if (bytes.size() != sizeof(in_addr) && bytes.size() != sizeof(in6_addr)) return text;
  ::inet_ntop(bytes.size() == sizeof(in_addr) ? AF_INET : AF_INET6, bytes.data(), text, sizeof text);
  return text;
}

}  // namespace cloudkit::inline v0::core
