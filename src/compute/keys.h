#pragma once

#include "compute/service.h"

#include <string>
#include <string_view>

namespace cloudkit::inline v0::compute {

/// "TYPE BASE64 [COMMENT]".
struct PublicKey {
  std::string type = {};
  std::string blob = {};  ///< As RFC 4253 has it, https://www.rfc-editor.org/rfc/rfc4253#section-6.6
};
/// Errors: `invalid_argument`. None shows the line: it may be a private key by mistake.
Result<PublicKey> parse_public_key(std::string_view line);

/// Whether a service's fingerprint is this key's; nothing where it is of a kind that does not tell.
std::optional<bool> has_fingerprint(const PublicKey& key, std::string_view fingerprint);

Result<KeyPair> ensure_key(const Service& service, std::string_view name, std::string_view line,
                           const Context& context);

}  // namespace cloudkit::inline v0::compute
