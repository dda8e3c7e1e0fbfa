#include "compute/keys.h"

#include "core/encode.h"
#include "core/fail.h"
#include "crypto/digest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace cloudkit::inline v0::compute {
namespace {

constexpr std::array kTypes = {"ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
                               "ecdsa-sha2-nistp521"};

// The next of a blob's fields: four bytes of length, big-endian, and so many bytes.
std::optional<std::string_view> take_field(std::string_view& blob) {
  if (blob.size() < 4) return std::nullopt;
  std::size_t size = 0;
  for (int i = 0; i < 4; ++i) size = size << 8U | static_cast<unsigned char>(blob[static_cast<std::size_t>(i)]);
  if (blob.size() - 4 < size) return std::nullopt;
  const std::string_view field = blob.substr(4, size);
  blob.remove_prefix(4 + size);
  return field;
}

// A value of ASN.1's DER: https://www.itu.int/rec/T-REC-X.690
std::string der(char tag, std::string_view content) {
  std::string length;
  for (std::size_t rest = content.size(); rest > 0; rest >>= 8U) length.insert(length.begin(), static_cast<char>(rest));
  if (content.size() >= 0x80) length.insert(length.begin(), static_cast<char>(0x80U | length.size()));
  if (content.empty()) length.assign(1, '\0');
  return tag + length + std::string(content);
}

// A SubjectPublicKeyInfo, of which AWS tells the MD5 sum for RSA keys that were imported:
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/verify-keys.html
std::optional<std::string> rsa_key_info(std::string_view blob) {
  using namespace std::string_view_literals;
  constexpr std::string_view kAlgorithm = "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01\x05\x00"sv;
  take_field(blob);
  const auto exponent = take_field(blob);
  const auto modulus = take_field(blob);
  if (!exponent || !modulus) return std::nullopt;
  const std::string key = der('\x30', der('\x02', *modulus) + der('\x02', *exponent));
  return der('\x30', der('\x30', kAlgorithm) + der('\x03', '\0' + key));
}

std::string hex_with_colons(const crypto::Md5Digest& digest) {
  std::string text;
  for (const unsigned char byte : digest) text += fmt::format("{}{:02x}", text.empty() ? "" : ":", byte);
  return text;
}

std::string without_padding(std::string text) {
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

Error no_public_key(std::string_view why) {
  return core::invalid_argument(fmt::format("that is no public key: {}", why),
                                "a public key is the line of a .pub file: \"ssh-ed25519 AAAA… comment\"; ssh-keygen "
                                "makes one");
}

Result<std::optional<KeyPair>> look(const Service& service, std::string_view name, const Context& context) {
  Patience patience(service, context);
  auto keys = insist(patience, [&] { return look_by([&] { return service.driver->list_keys(context); }); });
  if (!keys) return std::move(keys).error();
  const auto found = std::find_if(keys->begin(), keys->end(), [&](const KeyPair& key) { return key.name == name; });
  return found == keys->end() ? std::optional<KeyPair>() : std::optional(*std::move(found));
}

Result<KeyPair> same_key(KeyPair present, const PublicKey& key) {
  if (has_fingerprint(key, present.fingerprint).value_or(true)) return present;
  return core::fail(ErrorCode::conflict,
                    fmt::format("another key has this name, with the fingerprint {}", present.fingerprint),
                    "choose another name, or destroy that key first");
}

}  // namespace

Result<PublicKey> parse_public_key(std::string_view line) {
  line = core::trim(line);
  if (line.find("PRIVATE KEY") != std::string_view::npos) return no_public_key("it is a private one");
  if (line.find_first_of("\r\n") != std::string_view::npos) return no_public_key("it has several lines");
  const std::size_t space = line.find(' ');
  PublicKey key;
  key.type = line.substr(0, space);
  if (std::find(kTypes.begin(), kTypes.end(), key.type) == kTypes.end()) {
    return no_public_key(fmt::format("it does not begin with one of {}", fmt::join(kTypes, ", ")));
  }
  if (space == std::string_view::npos) return no_public_key("nothing follows its type");
  std::string_view encoded = core::trim(line.substr(space));
  encoded = encoded.substr(0, encoded.find(' '));
  const auto blob = core::base64_decode(encoded);
  if (!blob) return no_public_key("what follows its type is not base64");
  key.blob = *blob;
  std::string_view fields = key.blob;
  if (take_field(fields) != std::optional<std::string_view>(key.type) || fields.empty()) {
    return no_public_key("its type is another than it says");
  }
  return key;
}

std::optional<bool> has_fingerprint(const PublicKey& key, std::string_view fingerprint) {
  constexpr std::size_t kSha256 = 43;  // As base64 without padding.
  constexpr std::size_t kMd5 = 47;     // As hexadecimal digits with colons.
  if (fingerprint.starts_with("SHA256:")) fingerprint.remove_prefix(7);
  if (fingerprint.starts_with("MD5:")) fingerprint.remove_prefix(4);
  const std::string text = without_padding(std::string(fingerprint));
  if (text.size() == kSha256) return text == without_padding(core::base64_encode(crypto::sha256(key.blob)));
  if (text.size() != kMd5 || text[2] != ':') return std::nullopt;
  if (text == hex_with_colons(crypto::md5(key.blob))) return true;
  // Of a key that AWS made, this is the sum of its private half, and another length.
  if (key.type != "ssh-rsa") return false;
  const auto info = rsa_key_info(key.blob);
  return info && text == hex_with_colons(crypto::md5(*info));
}

Result<KeyPair> ensure_key(const Service& service, std::string_view name, std::string_view line,
                           const Context& context) {
  auto key = parse_public_key(line);
  if (!key) return std::move(key).error();
  auto present = look(service, name, context);
  if (!present) return std::move(present).error();
  if (*present) return same_key(**std::move(present), *key);
  Patience patience(service, context);
  auto made = insist(patience, [&] { return service.driver->import_key(name, core::trim(line), context); });
  if (made || made.error().code != ErrorCode::already_exists) return made;
  // Somebody was faster, or it is seen late.
  const Pacing pacing(service.timer(), context, kPropagationLimit, kFirstLook, kSlowestTry);
  auto found = look_until(pacing, [&](std::string& last) {
    last = "is said to exist, and is not to be seen";
    return look(service, name, context);
  });
  if (!found) return found;
  return same_key(*std::move(found), *key);
}

}  // namespace cloudkit::inline v0::compute
