#include "auth/google_v4.h"
#include "core/fail.h"
#include "gcp/gcs/bucket_driver.h"
#include "gcp/gcs/request.h"

#include <fmt/format.h>

#include <chrono>

// URLs that do one thing without credentials, by the XML API.
namespace cloudkit::inline v0::gcp::gcs {
namespace {

// Google's own keys change: https://cloud.google.com/storage/docs/authentication/creating-signatures
constexpr std::chrono::hours kLongestByGoogle{12};

http::Method method_of(PresignMethod method) noexcept {
  switch (method) {
    case PresignMethod::put: return http::Method::put;
    case PresignMethod::head: return http::Method::head;
    case PresignMethod::remove: return http::Method::remove;
    case PresignMethod::get: break;
  }
  return http::Method::get;
}

Error outlives_key(std::string_view account) {
  return core::unsupported(
      fmt::format("Google signs for {} with keys that it changes: such a URL lasts for 12 hours at most", account),
      "ask for at most 12 hours, or sign with a service account's own key, from its file");
}

// All that the XML API knows, and of GET: https://cloud.google.com/storage/docs/xml-api/reference-headers
Status add_response_headers(http::Query& query, const PresignOptions& options) {
  const ContentHeaders& content = options.response;
  if (!(content.cache_control.empty() && content.encoding.empty() && content.language.empty())) {
    return core::unsupported("Cloud Storage replaces the type and the disposition of a reply, and no other header",
                             "set the others with the object: Bucket::set_metadata");
  }
  const std::pair<std::string_view, std::string_view> fields[] = {
      {"response-content-type", content.type}, {"response-content-disposition", content.disposition}};
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;
    if (options.method != PresignMethod::get) {
      return core::unsupported("Cloud Storage replaces headers of the reply to GET only",
                               "leave PresignOptions::response out");
    }
    query.emplace_back(name, value);
  }
  return {};
}

}  // namespace

Result<std::string> GcsBucketDriver::presign(std::string_view key, const PresignOptions& options) {
  const auto settings = client_->settings();
  if (!settings) return settings.error();
  const auto identity = client_->identity();
  if (!identity) return identity.error();
  if (*identity == nullptr) {
    return core::unsupported("an anonymous store has no key to sign a URL with", "open the bucket with an identity");
  }
  const Target& target = (*settings)->target;
  if (!target.base_path.empty()) return core::unsupported("signed URLs have no path before the bucket");
  if (auto valid = check_key(key); !valid) return std::move(valid).error();
  if (auto valid = check_version(options.version_id); !valid) return std::move(valid).error();
  auth::GoogleV4Url url;
  if (auto added = add_response_headers(url.query, options); !added) return std::move(added).error();
  const auto account = (*identity)->account(options.context);
  if (!account) return account.error();

  url.method = method_of(options.method);
  url.bucket = name_;
  url.object = key;
  url.scheme = target.scheme;
  url.host = target.host;
  url.expires = options.expires;
  if (!options.content_type.empty()) url.headers.add("content-type", options.content_type);
  if (!options.version_id.empty()) url.query.emplace_back("generation", options.version_id);
  if (!target.user_project.empty()) url.query.emplace_back("userProject", target.user_project);
  return auth::sign_google_v4(url, *account, client_->now(), [&](std::string_view text) -> Result<std::string> {
    auto signature = (*identity)->sign(Bytes(text.data(), text.size()), options.context);
    if (!signature) return std::move(signature).error();
    if (signature->by_google && options.expires > kLongestByGoogle) return outlives_key(signature->account);
    return std::move(signature->bytes);
  });
}

}  // namespace cloudkit::inline v0::gcp::gcs
