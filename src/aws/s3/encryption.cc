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

}  // namespace cloudkit::inline v0::aws::s3
