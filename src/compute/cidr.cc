#include "compute/cidr.h"

#include "core/address.h"
#include "core/check_text.h"
#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::compute {
namespace {

constexpr std::string_view kPage =
    "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html";

// What is left of an address in a network with so many bits.
std::vector<unsigned char> masked(std::vector<unsigned char> address, std::size_t bits) {
  for (std::size_t i = 0; i < address.size(); ++i) {
    const std::size_t kept = std::clamp<std::size_t>(bits, 8 * i, 8 * i + 8) - 8 * i;
    address[i] = static_cast<unsigned char>(address[i] & (0xFF00U >> kept));
  }
  return address;
}

}  // namespace

Result<std::string> parse_cidr(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto address = core::address_bytes(text.substr(0, slash));
  if (address.empty()) {
    return core::invalid_argument(fmt::format("{} is no range of addresses", core::in_quotes(text)),
                                  "write \"10.0.0.0/8\", \"2001:db8::/32\", or \"0.0.0.0/0\" for all of IPv4");
  }
  const std::size_t most = 8 * address.size();
  if (slash == text.size()) {
    return core::invalid_argument(
        fmt::format("{} is an address, not a range of them", core::in_quotes(text)),
        fmt::format("for this one address write \"{}/{}\"", core::address_text(address), most));
  }
  const auto bits = core::parse_u64(text.substr(slash + 1));
  if (!bits || *bits > most) {
    return core::invalid_argument(fmt::format("{}: what follows the / is 0 to {}", core::in_quotes(text), most));
  }
  const auto network = masked(address, static_cast<std::size_t>(*bits));
  std::string canonical = fmt::format("{}/{}", core::address_text(network), *bits);
  if (network == address) return canonical;
  return core::invalid_argument(fmt::format("{} has bits of a host beyond its /{}", core::in_quotes(text), *bits),
                                fmt::format("write \"{}\" for the range, \"{}/{}\" for the one address; {}", canonical,
                                            core::address_text(address), most, kPage));
}

}  // namespace cloudkit::inline v0::compute
