#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::crypto {

/// Of a line of authorized_keys, "ssh-ed25519 AAAA… comment", as OpenSSH tells it: "SHA256:…". Nothing when no key is
/// in it.
std::optional<std::string> key_fingerprint(std::string_view public_key);

}  // namespace cloudkit::inline v0::crypto
