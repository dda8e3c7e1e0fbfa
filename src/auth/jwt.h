#pragma once

#include <cloudkit/result.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::crypto {
class RsaKey;
}

namespace cloudkit::inline v0::auth {

/// A JSON Web Token, signed by RS256; `claims` is an object's text. `key_id` or, as Microsoft wants it, the
/// certificate's SHA-1 in base64url tell which key it was, where they are not empty.
/// https://www.rfc-editor.org/rfc/rfc7515#section-7.1
std::string sign_jwt(const crypto::RsaKey& key, std::string_view key_id, std::string_view claims,
                     std::string_view certificate_hash = {});

}  // namespace cloudkit::inline v0::auth
