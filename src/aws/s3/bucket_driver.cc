#include "aws/s3/bucket_driver.h"

#include "aws/s3/encryption.h"
#include "aws/s3/errors.h"
#include "aws/s3/head.h"
#include "aws/s3/object_request.h"
#include "aws/s3/protocol_listing.h"
#include "aws/s3/protocol_objects.h"
#include "aws/s3/trailing_checksum.h"
#include "core/fail.h"
#include "core/object_rules.h"
#include "http/object/get_receiver.h"
#include "http/object/ranges.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws::s3 {
Result<http::Response> S3BucketDriver::send(const S3Client::Build& build, const Context& context,
                                            http::BodyReceiver* receiver) {
  return client_->send(name_, build, context, receiver);
}

Result<ObjectInfo> S3BucketDriver::put(std::string_view key, const Source& source, const PutOptions& options) {
  const auto settings = client_->settings();
  if (!settings) return settings.error();
  const Quirks& quirks = *(*settings)->quirks;
  const auto checksum = BodyChecksum::of(source, **settings, client_->anonymous(), options.context);
  if (!checksum) return checksum.error();
  const auto build = [&](const Target& target) {
    auto request = put_request(target, key, source, checksum->header(), options, quirks);
    return encrypted(checksum->sent_with(std::move(request)), **settings);
  };
  const auto reply = send(build, options.context);
  if (!reply) return normalised(reply.error(), options.condition);
  const auto sent = checksum->sent();
  if (!sent) return of_reply(sent.error(), *reply);
  return of_reply(parse_put(key, source.size(), *sent, *reply), *reply);
}

Result<ObjectInfo> S3BucketDriver::get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) {
  const auto settings = client_->settings();
  if (!settings) return settings.error();
  if (http::is_empty_range(options.range)) return get_nothing(key, options, receiver);
  http::GetReceiver checked([&](const http::Response& head) { return parse_get(key, options.range, head); },
                            options.range, options.condition, receiver);
  const auto build = [&](const Target& target) { return get_request(target, key, options, *(*settings)->quirks); };
  const auto reply = send(build, options.context, &checked);
  if (reply) return of_reply(checked.finish(), *reply);
  // Of an empty object every range is refused, though all of its no bytes could be sent.
  if (reply.error().http_status == 416) return get_nothing(key, options, receiver);
  return reply.error();
}

// A read that ends up with no bytes: because none were asked for, or because there are none.
Result<ObjectInfo> S3BucketDriver::get_nothing(std::string_view key, const GetOptions& options,
                                               ObjectReceiver& receiver) {
  auto info = head_for_get(key, options);
  if (!info) return info;
  return http::deliver_nothing(*std::move(info), options, receiver);
}

Result<ObjectInfo> S3BucketDriver::head_for_get(std::string_view key, const GetOptions& options) {
  return head_object(*client_, name_, key, {options.version_id, options.context}, options.condition);
}

Result<ObjectInfo> S3BucketDriver::head(std::string_view key, const HeadOptions& options) {
  return head_object(*client_, name_, key, options, {});
}

Status S3BucketDriver::remove(std::string_view key, const RemoveOptions& options) {
  const auto settings = client_->settings();
  if (!settings) return settings.error();
  const auto build = [&](const Target& target) {
    return remove_request(target, key, options.condition, *(*settings)->quirks);
  };
  const auto reply = send(build, options.context);
  if (reply) return {};
  // S3 answers 204 for a missing key; not every server does.
  const Error& error = reply.error();
  if (!options.condition && object_is_missing(error)) return {};
  return normalised(error, options.condition);
}

Result<CopyStep> S3BucketDriver::copy(const CopyRequest& request) {
  const auto settings = client_->settings();
  if (!settings) return settings.error();
  const CopyOptions& options = request.options;
  ObjectInfo attributes;
  attributes.content = options.content.value_or(ContentHeaders{});
  attributes.metadata = options.metadata.value_or(Metadata{});
  CopyDetails details;
  details.source_bucket = request.source_bucket;
  details.source_key = request.source_key;
  details.attributes = options.content || options.metadata ? &attributes : nullptr;
  details.condition = options.condition;
  details.storage_class = options.storage_class;
  const auto build = [&](const Target& target) {
    return encrypted(copy_request(target, request.destination_key, details, *(*settings)->quirks), **settings);
  };
  // Nothing is sent for what could not be copied anyway.
  if (const auto valid = build(Target{}); !valid) return valid.error();

  // The service says neither the size nor the attributes of what it copied, and replaces all of
  // content and metadata or nothing. Pinned, the source is the same in both requests.
  const auto head = head_reply(*client_, request.source_bucket, request.source_key, {{}, options.context}, {});
  if (!head) return head.error();
  auto source = of_reply(parse_head(request.source_key, *head), *head);
  if (!source) return std::move(source).error();
  if (source->size > (*settings)->quirks->max_copy) return too_large_to_copy(source->size, *(*settings)->quirks);
  if (!options.content) attributes.content = source->content;
  if (!options.metadata) attributes.metadata = source->metadata;
  const bool same_encryption = (*settings)->encryption == ServerSideEncryption::bucket_default;
  const bool onto_itself = request.source_bucket == name_ && request.source_key == request.destination_key;
  if (onto_itself && details.attributes == nullptr && options.storage_class.empty() && same_encryption) {
    return copy_onto_itself(request, *std::move(source)).map([](ObjectInfo info) {
      return CopyStep{std::move(info), {}};
    });
  }
  const auto tags = tags_lost_by(details, *head, options.context);
  if (!tags) return tags.error();
  details.source_token = source->token;
  details.expires = head->headers.get("expires");
  if (onto_itself) details.redirect = head->headers.get(kRedirect);
  const auto reply = send(build, options.context);
  if (!reply) return refused_copy(request, reply.error());
  auto copied = of_reply(parse_copy(*reply), *reply);
  if (!copied) return std::move(copied).error();

  attributes.key = request.destination_key;
  attributes.size = source->size;
  attributes.storage_class = storage_class_of(options.storage_class);
  attributes.token = attributes.etag = std::move(copied->token);
  attributes.modified = copied->modified;
  attributes.version_id = std::move(copied->version_id);
  return tagged_again(std::move(attributes), *tags, options.context).map([](ObjectInfo info) {
    return CopyStep{std::move(info), {}};
  });
}

// A failed precondition is the pin's, or that of the caller, who allowed no object at the
// destination: the reply does not say which, but the destination does.
Error S3BucketDriver::refused_copy(const CopyRequest& request, const Error& error) const {
  if (error.code != ErrorCode::precondition_failed) return error;
  if (!request.options.condition) return unpinned(error);
  const auto destination = head_object(*client_, name_, request.destination_key, {{}, request.options.context}, {});
  const bool is_free = !destination && destination.error().code == ErrorCode::not_found;
  return is_free ? unpinned(error) : error;
}

// S3 refuses a copy that changes nothing; it is done before it begins.
Result<ObjectInfo> S3BucketDriver::copy_onto_itself(const CopyRequest& request, ObjectInfo info) const {
  if (request.options.condition.kind() == Condition::Kind::absent) {
    return core::fail(ErrorCode::precondition_failed, "the object exists: it is the source of the copy");
  }
  return info;
}

Result<ListPage> S3BucketDriver::list_page(const ListPageRequest& request) {
  const auto settings = client_->settings();
  if (!settings) return settings.error();
  const Quirks& quirks = *(*settings)->quirks;
  const auto build = [&](const Target& target) -> Result<http::Request> {
    return list_request(target, request, quirks);
  };
  const auto reply = send(build, request.context);
  if (!reply) return reply.error();
  return of_reply(parse_list(request, *reply, quirks), *reply);
}

Result<std::string> S3BucketDriver::presign(std::string_view key, const PresignOptions& options) {
  const auto settings = client_->settings();
  if (!settings) return settings.error();
  // S3 takes it from a header only, which whoever has the URL would have to know of.
  if (options.method == PresignMethod::put && (*settings)->encryption != ServerSideEncryption::bucket_default) {
    return core::unsupported("a presigned put cannot say S3Options::server_side_encryption",
                             "make it the bucket's default encryption, and presign without the option");
  }
  const auto build = [&](const Target& target) { return presign_request(target, key, options); };
  return client_->presign(name_, build, options.expires, options.context);
}

}  // namespace cloudkit::inline v0::aws::s3
