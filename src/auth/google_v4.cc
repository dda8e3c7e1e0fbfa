#include "auth/google_v4.h"

#include "auth/sigv4_canonical.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/time.h"
#include "crypto/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

namespace cloudkit::inline v0::auth {
namespace {

constexpr std::string_view kGoogleAlgorithm = "GOOG4-RSA-SHA256";
constexpr std::string_view kGooglePayloadHash = "X-Goog-Content-SHA256";
constexpr std::chrono::seconds kLongestUrlLife{604'800};

// https://cloud.google.com/storage/docs/authentication/canonical-requests#required-headers: without the port.
std::string signed_host(std::string_view host) {
  const std::size_t bracket = host.rfind(']');
  const std::size_t colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  return std::string(has_port ? host.substr(0, colon) : host);
}

http::Request addressed(const GoogleV4Url& url) {
  http::Request request;
  request.method = url.method;
  request.scheme = url.scheme;
  request.host = url.style == BucketStyle::virtual_hosted ? url.bucket + "." + url.host : url.host;
  request.path = url.style == BucketStyle::path ? "/" + url.bucket : std::string();
  if (!url.object.empty() || request.path.empty()) request.path += "/" + url.object;
  request.query = url.query;
  request.headers = url.headers;
  return request;
}

// As the signature has it: by what is sent.
void sort_query(http::Query& query) {
  std::sort(query.begin(), query.end(), [](const auto& a, const auto& b) {
    const auto sent = [](const std::string& text) { return core::percent_encode(text, core::Slash::encode); };
    return std::pair(sent(a.first), sent(a.second)) < std::pair(sent(b.first), sent(b.second));
  });
}

Status check(const GoogleV4Url& url, std::string_view account) {
  if (account.empty()) return core::invalid_argument("a signed URL needs the name of the service account that signs");
  if (url.bucket.empty() && url.style != BucketStyle::bucket_bound) {
    return core::invalid_argument("a signed URL needs a bucket");
  }
  if (url.expires < std::chrono::seconds(1) || url.expires > kLongestUrlLife) {
    return core::invalid_argument(fmt::format(
        "a presigned URL lasts from 1 second to 7 days (604800 seconds), not {} seconds", url.expires.count()));
  }
  for (const http::Header& header : url.headers) {
    if (core::has_control_character(header.name) || !core::is_http_field_value(header.value)) {
      return core::invalid_argument("a header of a signed URL holds a control character");
    }
  }
  return {};
}

}  // namespace

Result<GoogleV4Draft> draft_google_v4(const GoogleV4Url& url, std::string_view account,
                                      std::chrono::system_clock::time_point now) {
  if (auto valid = check(url, account); !valid) return std::move(valid).error();
  const auto stamp = core::format_amz_date(now);
  const std::string_view date(stamp.data(), stamp.size());
  const std::string scope = fmt::format("{}/auto/storage/goog4_request", date.substr(0, 8));

  GoogleV4Draft draft{addressed(url), {}, {}};
  // Canonical form is what AWS's is: https://cloud.google.com/storage/docs/authentication/canonical-requests
  http::Request to_sign = draft.request;
  to_sign.host = signed_host(to_sign.host);
  const CanonicalHeaders headers(to_sign);
  Text names;
  headers.append_names(names);
  http::Query& query = draft.request.query;
  query.emplace_back("X-Goog-Algorithm", kGoogleAlgorithm);
  query.emplace_back("X-Goog-Credential", fmt::format("{}/{}", account, scope));
  query.emplace_back("X-Goog-Date", date);
  query.emplace_back("X-Goog-Expires", fmt::to_string(url.expires.count()));
  query.emplace_back("X-Goog-SignedHeaders", names.view());
  sort_query(query);
  to_sign.query = query;

  const std::string* hash = to_sign.headers.find(kGooglePayloadHash);
  Text canonical;
  append_canonical_request(canonical, to_sign, headers, hash != nullptr ? std::string_view(*hash) : "UNSIGNED-PAYLOAD",
                           {});
  draft.canonical_request = canonical.view();
  draft.string_to_sign = fmt::format("{}\n{}\n{}\n{}", kGoogleAlgorithm, date, scope,
                                     core::hex_encode(crypto::sha256(draft.canonical_request)));
  return draft;
}

std::string finish_google_v4(const GoogleV4Draft& draft, std::string_view signature) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(signature.data());
  return fmt::format("{}://{}{}&X-Goog-Signature={}", draft.request.scheme, draft.request.host,
                     http::encode_target(draft.request), core::hex_encode(std::span(bytes, signature.size())));
}

Result<std::string> sign_google_v4(const GoogleV4Url& url, std::string_view account,
                                   std::chrono::system_clock::time_point now, const SignText& sign) {
  auto draft = draft_google_v4(url, account, now);
  if (!draft) return std::move(draft).error();
  auto signature = sign(draft->string_to_sign);
  if (!signature) return std::move(signature).error();
  return finish_google_v4(*draft, *signature);
}

}  // namespace cloudkit::inline v0::auth
