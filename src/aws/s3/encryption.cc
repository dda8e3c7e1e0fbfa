#include "aws/s3/encryption.h"

namespace cloudkit::inline v0::aws::s3 {

Result<http::Request> encrypted(Result<http::Request> request, const Settings& settings) {
  if (!request || settings.encryption == ServerSideEncryption::bucket_default) return request;
  const bool by_kms = settings.encryption == ServerSideEncryption::kms;
  request->headers.add("x-amz-server-side-encryption", by_kms ? "aws:kms" : "AES256");
  if (!settings.kms_key_id.empty()) {
    request->headers.add("x-amz-server-side-encryption-aws-kms-key-id", settings.kms_key_id);
  }
  return request;
}

Result<http::Request> encrypted_as(const http::Response& head, Result<http::Request> request,
                                   const Settings& settings) {
  if (!request || settings.encryption != ServerSideEncryption::bucket_default)
    return encrypted(std::move(request), settings);
  for (const std::string_view name : {"x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id"}) {
    if (const std::string* value = head.headers.find(name)) request->headers.add(std::string(name), *value);
  }
  return request;
}

}  // namespace cloudkit::inline v0::aws::s3
