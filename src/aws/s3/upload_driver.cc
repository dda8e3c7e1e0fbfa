#include "aws/s3/bucket_driver.h"
#include "aws/s3/encryption.h"
#include "aws/s3/errors.h"
#include "aws/s3/head.h"
#include "aws/s3/object_request.h"
#include "aws/s3/protocol_multipart.h"
#include "aws/s3/trailing_checksum.h"
#include "core/fail.h"
#include "core/object_rules.h"
#include "core/upload_rules.h"

// Uploads in parts.
namespace cloudkit::inline v0::aws::s3 {
namespace {

std::uint64_t size_of(const std::vector<UploadPart>& parts) {
  std::uint64_t size = 0;
  for (const UploadPart& part : parts) size += part.size;
  return size;
}

// radosgw 16.2 says NoSuchKey of the parts of an upload that is gone. Nothing else can be missing.
Error of_upload(Error error) {
  if (object_is_missing(error)) error.service_code = core::kNoSuchUpload;
  return error;
}

}  // namespace

UploadLimits S3BucketDriver::upload_limits() const { return upload_limits_of(client_->quirks()); }

Result<UploadId> S3BucketDriver::begin_upload(std::string_view key, const PutOptions& options) {
  const auto settings = client_->settings();
  if (!settings) return settings.error();
  const auto build = [&](const Target& target) {
    return encrypted(begin_upload_request(target, key, options, *(*settings)->quirks), **settings);
  };
  const auto reply = send(build, options.context);
  if (!reply) return reply.error();
  return of_reply(parse_begin_upload(*reply), *reply);
}

Result<PutPartResult> S3BucketDriver::put_part(const PutPartRequest& request, const Source& part) {
  const auto settings = client_->settings();
  if (!settings) return settings.error();
  const Quirks& quirks = *(*settings)->quirks;
  // Nothing is read for what could not be sent anyway.
  if (const auto valid = put_part_request(Target{}, request, part, {}, quirks); !valid) return valid.error();
  const auto checksum = BodyChecksum::of(part, **settings, client_->anonymous(), request.context);
  if (!checksum) return checksum.error();
  const auto build = [&](const Target& target) {
    return checksum->sent_with(put_part_request(target, request, part, checksum->header(), quirks));
  };
  const auto reply = send(build, request.context);
  if (!reply) return of_upload(reply.error());
  const auto sent = checksum->sent();
  if (!sent) return sent.error();
  auto stored = of_reply(parse_put_part(request.number, part.size(), *sent, *reply), *reply);
  if (!stored) return std::move(stored).error();
  return PutPartResult{*std::move(stored), request.offset + part.size()};
}

Result<UploadPart> S3BucketDriver::copy_part(const PutPartRequest& request, std::string_view source_bucket,
                                             std::string_view source_key, ByteRange range,
                                             std::string_view source_token) {
  const auto settings = client_->settings();
  if (!settings) return settings.error();
  const PartSource source{source_bucket, source_key, range, source_token};
  const auto build = [&](const Target& target) {
    return copy_part_request(target, request, source, *(*settings)->quirks);
  };
  const auto reply = send(build, request.context);
  if (!reply) return unpinned(reply.error());
  if (!(*settings)->quirks->copy_part_if_match) {
    // It had this token before, so with the same one now it was this one meanwhile.
    const auto now = head_object(*client_, source_bucket, source_key, {{}, request.context}, {});
    if (!now) return now.error();
    if (now->token != source_token) return core::source_changed();
  }
  return of_reply(parse_copy_part(request.number, range.length, *reply), *reply);
}

Result<ObjectInfo> S3BucketDriver::complete_upload(std::string_view key, const UploadId& upload,
                                                   const std::vector<UploadPart>& parts, const PutOptions& options) {
  const auto settings = client_->settings();
  if (!settings) return settings.error();
  const Quirks& quirks = *(*settings)->quirks;
  const auto body = complete_upload_body(parts, quirks);
  if (!body) return body.error();
  const std::string crc32c = quirks.crc32c_header ? joined_crc32c(parts) : std::string();
  const CompleteDetails details{*body, crc32c, options.condition};
  const auto build = [&](const Target& target) {
    return complete_upload_request(target, key, upload, details, quirks);
  };
  const auto reply = send(build, options.context);
  if (!reply) return normalised(reply.error(), options.condition);
  auto info = of_reply(parse_complete_upload(key, *reply), *reply);
  if (!info) return info;
  info->size = size_of(parts);
  return info->token.empty() ? look_up_completed(*std::move(info), options.context) : info;
}

// The reply did not name the new token: the object does, unless it was replaced already.
Result<ObjectInfo> S3BucketDriver::look_up_completed(ObjectInfo info, const Context& context) const {
  const auto found = head_object(*client_, name_, info.key, {info.version_id, context}, {});
  if (found && found->size == info.size) {
    info.etag = info.token = found->token;
    return info;
  }
  Error error = found ? core::fail(ErrorCode::conflict, "another object is there already") : found.error();
  error.message = "the upload was completed, but its token is not known: " + error.message;
  error.may_have_happened = true;
  return error;
}

Result<std::vector<UploadPart>> S3BucketDriver::list_parts(std::string_view key, const UploadId& upload,
                                                           const Context& context) {
  std::vector<UploadPart> parts;
  int after = 0;
  do {
    const auto build = [&](const Target& target) { return list_parts_request(target, key, upload, after); };
    const auto reply = send(build, context);
    if (!reply) return of_upload(reply.error());
    auto page = of_reply(parse_list_parts(after, *reply), *reply);
    if (!page) return std::move(page).error();
    parts.insert(parts.end(), page->parts.begin(), page->parts.end());
    after = page->next;
  } while (after != 0);
  return parts;
}

Status S3BucketDriver::abort_upload(std::string_view key, const UploadId& upload, const Context& context) {
  const auto build = [&](const Target& target) { return abort_upload_request(target, key, upload); };
  const auto reply = send(build, context);
  if (reply || reply.error().service_code == core::kNoSuchUpload) return {};
  return reply.error();
}

Result<UploadPage> S3BucketDriver::list_uploads_page(std::string_view prefix, std::string_view page_token,
                                                     const Context& context) {
  const auto settings = client_->settings();
  if (!settings) return settings.error();
  const auto build = [&](const Target& target) {
    return list_uploads_request(target, prefix, page_token, *(*settings)->quirks);
  };
  const auto reply = send(build, context);
  if (!reply) return reply.error();
  return of_reply(parse_list_uploads(page_token, *reply), *reply);
}

}  // namespace cloudkit::inline v0::aws::s3
