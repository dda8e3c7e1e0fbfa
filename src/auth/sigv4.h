#pragma once

#include <cloudkit/credentials.h>
#include <cloudkit/driver/http.h>

#include <chrono>
#include <memory>
#include <string>

/// AWS Signature Version 4. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
namespace cloudkit::inline v0::auth {

/// S3 signs the path as it is sent; every other service encodes it a second time.
enum class PathEncoding { once, twice };

struct SigV4Scope {
  std::string region = {};
  std::string service = {};
  PathEncoding path_encoding = PathEncoding::twice;
};

/// Signs by headers: sets x-amz-date, x-amz-security-token and Authorization, replacing what an
/// earlier attempt set. The payload's hash is the header x-amz-content-sha256 where the request
/// has one (S3 demands it; "UNSIGNED-PAYLOAD" is a value), else the hash of `Request::body`.
/// Does not sign hop-by-hop headers, User-Agent, Expect, Accept-Encoding. Thread-safe.
class SigV4Signer final : public http::Signer {
 public:
  SigV4Signer(std::shared_ptr<CredentialSource> credentials, SigV4Scope scope);
  ~SigV4Signer() override;

  Status sign(http::Request& request, std::chrono::system_clock::time_point now, const Context& context) override;
  bool refresh(const http::Request& request) override;

  /// Whose keys signed last, for messages: `profile "dev", AKIA…XYZ`; "" before the first.
  std::string identity() const;

  /// Adds the query form: X-Amz-Algorithm … X-Amz-Signature. Headers of the request are signed,
  /// so the sender must send them. The payload is unsigned for S3.
  Status presign(http::Request& request, std::chrono::system_clock::time_point now, std::chrono::seconds expires,
                 const Context& context);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cloudkit::inline v0::auth
