#include "crypto/key_fingerprint.h"

#include "core/encode.h"
#include "crypto/digest.h"

namespace cloudkit::inline v0::crypto {

std::optional<std::string> key_fingerprint(std::string_view public_key) {
  public_key = core::trim(public_key);
  const std::size_t space = public_key.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view rest = core::trim(public_key.substr(space));
  const auto blob = core::base64_decode(rest.substr(0, rest.find(' ')));
  if (!blob || blob->empty()) return std::nullopt;
  std::string sum = core::base64_encode(sha256(*blob));
  sum.erase(sum.find_last_not_of('=') + 1);
  return "SHA256:" + sum;
}

}  // namespace cloudkit::inline v0::crypto
