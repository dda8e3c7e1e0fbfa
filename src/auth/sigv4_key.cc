#include "auth/sigv4_key.h"

#include "core/encode.h"

#include <algorithm>
#include <array>

namespace cloudkit::inline v0::auth {
namespace {

// Each step's result is the next step's key.
crypto::HmacKey derive(std::string_view secret, std::string_view date, std::string_view region,
                       std::string_view service) {
  std::string key = "AWS4";
  key += secret;
  for (const std::string_view data : {date, region, service, std::string_view("aws4_request")}) {
    const auto digest = crypto::hmac_sha256(key, data);
    crypto::cleanse(key);
    key.assign(digest.begin(), digest.end());
  }
  crypto::HmacKey derived(key);
  crypto::cleanse(key);
  return derived;
}

bool is_presign_parameter(std::string_view name) {
  static constexpr std::array<std::string_view, 7> kNames{
      "X-Amz-Algorithm",      "X-Amz-Credential",    "X-Amz-Date",     "X-Amz-Expires",
      "X-Amz-Security-Token", "X-Amz-SignedHeaders", "X-Amz-Signature"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

Signature sign_canonical(std::string_view canonical, const SigningInput& input) {
  Text to_sign;
  append_string_to_sign(to_sign, input.amz_date, input.key.scope(), canonical);
  return input.key.sign(to_sign.view());
}

}  // namespace

SigningKey::SigningKey(std::string_view secret, std::string_view date, std::string_view region,
                       std::string_view service)
    : scope_(fmt::format("{}/{}/{}/aws4_request", date, region, service)),
      key_(derive(secret, date, region, service)) {}

Signature SigningKey::sign(std::string_view string_to_sign) const {
  Signature signature;
  core::hex_encode_into(signature.data(), key_.sign(string_to_sign));
  return signature;
}

void append_authorization(Text& out, const http::Request& request, const SigningInput& input) {
  Text canonical;
  const CanonicalHeaders headers(request);
  const auto names = append_canonical_request(canonical, request, headers, input.payload_hash, input.path_rules);
  const Signature signature = sign_canonical(canonical.view(), input);
  out.append(kSigV4Algorithm, " Credential=", input.access_key_id, "/", input.key.scope(), ", SignedHeaders=", names,
             ", Signature=", view(signature));
}

void add_presigned_query(http::Request& request, const SigningInput& input, std::string_view session_token,
                         std::chrono::seconds expires) {
  std::erase_if(request.query, [](const auto& parameter) { return is_presign_parameter(parameter.first); });
  const CanonicalHeaders headers(request);
  Text names;
  headers.append_names(names);
  const auto add = [&](std::string_view name, std::string_view value) { request.query.emplace_back(name, value); };
  add("X-Amz-Algorithm", kSigV4Algorithm);
  add("X-Amz-Credential", fmt::format("{}/{}", input.access_key_id, input.key.scope()));
  add("X-Amz-Date", input.amz_date);
  add("X-Amz-Expires", fmt::to_string(expires.count()));
  if (!session_token.empty()) add("X-Amz-Security-Token", session_token);
  add("X-Amz-SignedHeaders", names.view());
  Text canonical;
  append_canonical_request(canonical, request, headers, input.payload_hash, input.path_rules);
  const Signature signature = sign_canonical(canonical.view(), input);
  add("X-Amz-Signature", view(signature));
}

}  // namespace cloudkit::inline v0::auth
