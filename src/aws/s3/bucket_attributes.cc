#include "aws/s3/bucket_driver.h"
#include "aws/s3/encryption.h"
#include "aws/s3/errors.h"
#include "aws/s3/head.h"
#include "aws/s3/object_request.h"
#include "aws/s3/protocol_objects.h"
#include "aws/s3/protocol_tags.h"
#include "core/fail.h"
#include "core/object_rules.h"
#include "core/without_value.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws::s3 {
namespace {

Result<Tags> tags_of(S3Client& client, std::string_view bucket, std::string_view key, const TagOptions& options) {
  const auto build = [&](const Target& target) { return get_tags_request(target, key, options.version_id); };
  const auto reply = client.send(bucket, build, options.context);
  if (reply) return of_reply(parse_tags(*reply), *reply);
  // Some servers call it an error to have none.
  if (reply.error().service_code == "NoSuchTagSet") return Tags();
  return reply.error();
}

}  // namespace

// S3 changes no object: it copies it onto itself, with other attributes. What a copy does not take
// along by itself, such as storage class, encryption and redirection, is said again; tags are taken along.
Result<ObjectInfo> S3BucketDriver::set_metadata(std::string_view key, const SetMetadataOptions& options) {
  const auto settings = client_->settings();
  if (!settings) return settings.error();
  const Quirks& quirks = *(*settings)->quirks;
  const HeadOptions asked{{}, options.context};
  const auto head = head_reply(*client_, name_, key, asked, {});
  if (!head && options.condition) {
    return normalised(what_is_missing(*client_, name_, key, asked, head.error()), options.condition);
  }
  if (!head) return head.error();
  auto info = of_reply(parse_head(key, *head), *head);
  if (!info) return info;
  if (auto status = core::check_condition(options.condition, &info->token); !status) return std::move(status).error();
  if (info->size > quirks.max_copy) {
    // Not `unsupported`, after which the handle copies in parts.
    if (would_lose_kms_key(*head, **settings)) {
      return core::invalid_argument(
          fmt::format("{} bytes are more than one request copies, and in parts it would lose its KMS key", info->size),
          "set S3Options::server_side_encryption and kms_key_id");
    }
    return too_large_to_copy(info->size, quirks);
  }
  if (options.content) info->content = *options.content;
  if (options.metadata) info->metadata = *options.metadata;
  CopyDetails details;
  details.source_bucket = name_;
  details.source_key = key;
  details.source_token = info->token;
  details.attributes = &*info;
  details.storage_class = info->storage_class;
  details.expires = head->headers.get("expires");
  details.redirect = head->headers.get(kRedirect);
  // The copy must not bring an older content back over one that is put meanwhile.
  details.condition = quirks.copy_if_match.empty() ? options.condition : Condition::match(info->token);
  const auto tags = tags_lost_by(details, *head, options.context);
  if (!tags) return tags.error();
  const auto build = [&](const Target& target) {
    return encrypted_as(*head, copy_request(target, key, details, quirks), **settings);
  };
  const auto reply = send(build, options.context);
  if (!reply) return options.condition ? normalised(reply.error(), options.condition) : unpinned(reply.error());
  auto copied = of_reply(parse_copy(*reply), *reply);
  if (!copied) return std::move(copied).error();
  info->token = info->etag = std::move(copied->token);
  info->modified = copied->modified;
  info->version_id = std::move(copied->version_id);
  return tagged_again(*std::move(info), *tags, options.context);
}

// HEAD says how many tags there are, so that objects without any cost no request more.
Result<Tags> S3BucketDriver::tags_lost_by(const CopyDetails& details, const http::Response& head,
                                          const Context& context) const {
  const auto settings = client_->settings();
  if (!settings) return settings.error();
  const bool loses = (*settings)->quirks->copy_loses_tags && details.attributes != nullptr;
  if (!loses || head.headers.get("x-amz-tagging-count").empty()) return Tags();
  return tags_of(*client_, details.source_bucket, details.source_key, {{}, context});
}

Result<ObjectInfo> S3BucketDriver::tagged_again(ObjectInfo info, const Tags& tags, const Context& context) {
  if (tags.empty()) return info;
  const Status tagged = set_tags(info.key, tags, {info.version_id, context});
  if (tagged) return info;
  Error error = tagged.error();
  error.message = fmt::format("the copy is made, but its tags are lost: {}", error.message);
  error.may_have_happened = true;
  return error;
}

Result<Tags> S3BucketDriver::get_tags(std::string_view key, const TagOptions& options) {
  return tags_of(*client_, name_, key, options);
}

Status S3BucketDriver::set_tags(std::string_view key, const Tags& tags, const TagOptions& options) {
  const auto settings = client_->settings();
  if (!settings) return settings.error();
  const std::string body = tags_body(tags);
  const auto build = [&](const Target& target) {
    return set_tags_request(target, key, options.version_id, body, *(*settings)->quirks);
  };
  return core::without_value(send(build, options.context));
}

}  // namespace cloudkit::inline v0::aws::s3
