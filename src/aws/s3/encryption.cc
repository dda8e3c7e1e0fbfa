#include "aws/s3/encryption.h"

namespace cloudkit::inline v0::aws::s3 {
namespace {

constexpr std::string_view kEncryption = "x-amz-server-side-encryption";
constexpr std::string_view kKmsKey = "x-amz-server-side-encryption-aws-kms-key-id";

}  // namespace

Result<http::Request> encrypted(Result<http::Request> request, const Settings& settings) {
  if (!request || settings.encryption == ServerSideEncryption::bucket_default) return request;
  const bool by_kms = settings.encryption == ServerSideEncryption::kms;
  request->headers.add(std::string(kEncryption), by_kms ? "aws:kms" : "AES256");
  if (!settings.kms_key_id.empty()) {
    request->headers.add(std::string(kKmsKey), settings.kms_key_id);
  }
  return request;
}

Result<http::Request> encrypted_as(const http::Response& head, Result<http::Request> request,
                                   const Settings& settings) {
  if (!request || settings.encryption != ServerSideEncryption::bucket_default)
    return encrypted(std::move(request), settings);
  for (const std::string_view name : {kEncryption, kKmsKey}) {
    if (const std::string* value = head.headers.find(name)) request->headers.add(std::string(name), *value);
  }
  return request;
}

bool would_lose_kms_key(const http::Response& head, const Settings& settings) {
  if (settings.encryption != ServerSideEncryption::bucket_default) return false;
  const std::string* how = head.headers.find(kEncryption);
  return how != nullptr && how->starts_with("aws:kms");  // Or aws:kms:dsse.
}

}  // namespace cloudkit::inline v0::aws::s3
