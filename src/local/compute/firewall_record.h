#pragma once

#include <cloudkit/compute_types.h>

#include <string>
#include <string_view>

/// Firewalls and keys, which are kept only, as JSON.
namespace cloudkit::inline v0::local::compute {

Result<std::string> to_json(const Firewall& firewall);
/// Errors: `data_loss`.
Result<Firewall> parse_firewall(std::string_view text);

Result<std::string> to_json(const KeyPair& key, std::string_view public_key);
Result<KeyPair> parse_key(std::string_view text);

}  // namespace cloudkit::inline v0::local::compute
