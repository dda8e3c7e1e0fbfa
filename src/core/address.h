#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::core {

/// Of an IP address, 4 or 16 in the order of the network; empty for anything else.
std::vector<unsigned char> address_bytes(std::string_view text);
/// The usual text of such bytes: "2001:db8::1".
std::string address_text(const std::vector<unsigned char>& bytes);

}  // namespace cloudkit::inline v0::core
