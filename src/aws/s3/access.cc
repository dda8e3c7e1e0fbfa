#include "aws/s3/access.h"

#include "aws/refusal.h"
#include "core/encode.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace cloudkit::inline v0::aws::s3 {
namespace {

using http::Method;

bool asks(const http::Request& request, std::string_view name) noexcept {
  return std::any_of(request.query.begin(), request.query.end(), [&](const auto& item) { return item.first == name; });
}

std::string_view action_on_bucket(const http::Request& request) noexcept {
  switch (request.method) {
    case Method::put:
      if (asks(request, "versioning")) return "s3:PutBucketVersioning";
      return request.query.empty() ? "s3:CreateBucket" : "";
    case Method::remove: return request.query.empty() ? "s3:DeleteBucket" : "";
    case Method::post: return asks(request, "delete") ? "s3:DeleteObject" : "";
    case Method::get:
      if (asks(request, "uploads")) return "s3:ListBucketMultipartUploads";
      if (asks(request, "versions")) return "s3:ListBucketVersions";
      if (asks(request, "location")) return "s3:GetBucketLocation";
      break;
    default: break;
  }
  return "s3:ListBucket";
}

std::string_view action_on_object(const http::Request& request) noexcept {
  const bool version = asks(request, "versionId");
  const bool tags = asks(request, "tagging");
  const bool upload = asks(request, "uploadId");
  // Of a put, or of the beginning of an upload.
  if (request.headers.contains("x-amz-tagging")) return "s3:PutObject or s3:PutObjectTagging";
  switch (request.method) {
    case Method::put:
      if (tags) return version ? "s3:PutObjectVersionTagging" : "s3:PutObjectTagging";
      if (request.headers.contains("x-amz-copy-source")) return "s3:GetObject on the source or s3:PutObject";
      break;
    case Method::post: break;
    case Method::remove:
      if (upload) return "s3:AbortMultipartUpload";
      if (tags) return version ? "s3:DeleteObjectVersionTagging" : "s3:DeleteObjectTagging";
      return version ? "s3:DeleteObjectVersion" : "s3:DeleteObject";
    default:
      if (upload) return "s3:ListMultipartUploadParts";
      if (tags) return version ? "s3:GetObjectVersionTagging" : "s3:GetObjectTagging";
      return version ? "s3:GetObjectVersion" : "s3:GetObject";
  }
  return "s3:PutObject";
}

std::string denied(std::string_view whom, std::string_view action, Subject subject) {
  const bool in_bucket = subject != Subject::service && action != "s3:CreateBucket";
  const std::string what = fmt::format("{}{}", action, in_bucket ? " on this bucket" : "");
  if (whom.empty()) return fmt::format("unsigned requests may not {}: open it with credentials", what);
  std::string hint = fmt::format("the credentials ({}) may lack {}", whom, what);
  if (in_bucket) hint += ", or its policy denies it";
  if (action.starts_with("s3:GetObject")) hint += "; without s3:ListBucket a missing object looks like this too";
  return hint;
}

}  // namespace

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
std::string_view iam_action(const http::Request& request, Subject subject) noexcept {
  switch (subject) {
    case Subject::service: return "s3:ListAllMyBuckets";
    case Subject::bucket: return action_on_bucket(request);
    case Subject::object: break;
  }
  return action_on_object(request);
}

void explain_refusal(Error& error, std::string_view whom, std::string_view action, Subject subject) {
  if (error.service_code == "AccessDenied") {
    const std::string_view named = denied_action(error.message);
    // Of the credentials' service, which has said what to do.
    if (named.starts_with("sts:")) return;
    if (!named.empty()) action = named;
    if (!action.empty()) error.hint = denied(whom, action, subject);
  } else {
    add_refused(error, whom);
  }
}

}  // namespace cloudkit::inline v0::aws::s3
