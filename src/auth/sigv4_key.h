#pragma once

#include "auth/sigv4_canonical.h"
#include "crypto/digest.h"

#include <chrono>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::auth {

/// Signs for one day, region and service; deriving it costs five HMACs. Thread-safe.
class SigningKey {
 public:
  /// `date` is "20261123".
  SigningKey(std::string_view secret, std::string_view date, std::string_view region, std::string_view service);

  std::string_view date() const { return std::string_view(scope_).substr(0, 8); }
  /// "20261123/us-east-1/s3/aws4_request"
  std::string_view scope() const { return scope_; }
  Signature sign(std::string_view string_to_sign) const;

 private:
  std::string scope_;
  crypto::HmacKey key_;
};

/// What a signature needs beside the request.
struct SigningInput {
  std::string_view access_key_id;
  const SigningKey& key;
  std::string_view amz_date;
  std::string_view payload_hash;
  PathRules path_rules;
};

/// The value of the Authorization header for a request that has all its other headers. Does not
/// use the heap for a usual request.
void append_authorization(Text& out, const http::Request& request, const SigningInput& input);

/// The query form: X-Amz-Algorithm … X-Amz-Signature, in place of an earlier one.
void add_presigned_query(http::Request& request, const SigningInput& input, std::string_view session_token,
                         std::chrono::seconds expires);

}  // namespace cloudkit::inline v0::auth
