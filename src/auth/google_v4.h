#pragma once

#include <cloudkit/driver/http.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

/// Signed URLs of Google Cloud Storage, version 4, by the key of a service account.
/// https://cloud.google.com/storage/docs/access-control/signed-urls, /docs/authentication/canonical-requests
namespace cloudkit::inline v0::auth {

/// Where the bucket stands in a URL.
enum class BucketStyle {
  path,            ///< https://storage.googleapis.com/BUCKET/OBJECT
  virtual_hosted,  ///< https://BUCKET.storage.googleapis.com/OBJECT
  bucket_bound,    ///< https://HOST/OBJECT, where the host is the bucket's own.
};

struct GoogleV4Url {
  http::Method method = http::Method::get;
  std::string bucket = {};
  std::string object = {};     ///< Empty: the bucket itself.
  http::Headers headers = {};  ///< Signed, so whoever uses the URL must send them.
  http::Query query = {};
  std::chrono::seconds expires{0};  ///< 1 second to 7 days.
  std::string scheme = "https";
  std::string host = "storage.googleapis.com";  ///< With ":port" unless it is the scheme's own.
  BucketStyle style = BucketStyle::path;
};

/// What is signed, and the URL but for its signature. The payload's hash is the header X-Goog-Content-SHA256 where
/// there is one, else the payload is not signed.
struct GoogleV4Draft {
  http::Request request = {};  ///< The query in the order of the signature.
  std::string canonical_request = {};
  std::string string_to_sign = {};
};

/// `account` is the e-mail address of the service account that will sign. Errors: `invalid_argument`.
Result<GoogleV4Draft> draft_google_v4(const GoogleV4Url& url, std::string_view account,
                                      std::chrono::system_clock::time_point now);
std::string finish_google_v4(const GoogleV4Draft& draft, std::string_view signature);

/// RSA with SHA-256 of the text, by the account's key.
using SignText = std::function<Result<std::string>(std::string_view text)>;
/// Both of the above. Errors: `invalid_argument`; those of `sign`.
Result<std::string> sign_google_v4(const GoogleV4Url& url, std::string_view account,
                                   std::chrono::system_clock::time_point now, const SignText& sign);

}  // namespace cloudkit::inline v0::auth
