#include "auth/jwt.h"

#include "codec/json.h"
#include "core/encode.h"
#include "crypto/rsa.h"

namespace cloudkit::inline v0::auth {

std::string sign_jwt(const crypto::RsaKey& key, std::string_view key_id, std::string_view claims,
                     std::string_view certificate_hash) {
  codec::JsonWriter header;
  header.begin_object().name("alg").string("RS256").name("typ").string("JWT");
  if (!key_id.empty()) header.name("kid").string(key_id);
  if (!certificate_hash.empty()) header.name("x5t").string(certificate_hash);
  // What is no UTF-8 comes from no JSON, so no key's id is.
  std::string token = core::base64url_encode(header.end_object().finish().value());
  token += '.';
  token += core::base64url_encode(claims);
  return token += '.' + core::base64url_encode(key.sign_sha256(token));
}

}  // namespace cloudkit::inline v0::auth
