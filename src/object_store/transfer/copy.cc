#include "object_store/transfer/copy.h"

#include "core/object_rules.h"
#include "object_store/transfer/upload.h"
#include "object_store/waits.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace cloudkit::inline v0::object_store {
namespace {

// Of what is copied in parts, which take none along. A server without tags may only say so when it is asked.
Result<Tags> tags_to_carry(BucketDriver& source, BucketDriver& destination, const CopyRequest& request) {
  if (!source.capabilities().tags || !destination.capabilities().tags) return Tags();
  auto tags =
      source.get_tags(request.source_key, {.version_id = request.source_version, .context = request.options.context});
  if (!tags && tags.error().code == ErrorCode::unsupported) return Tags();
  return tags;
}

// `done` is what is said to be done when the tags are lost.
Result<ObjectInfo> copy_in_parts_with_tags(BucketDriver& source, BucketDriver& destination, const CopyRequest& request,
                                           const ObjectInfo& info, std::string_view done) {
  const auto tags = tags_to_carry(source, destination, request);
  if (!tags) return tags.error();
  auto copied = copy_in_parts(destination, request, info);
  if (!copied || tags->empty()) return copied;
  const Status tagged =
      destination.set_tags(request.destination_key, *tags, {.version_id = {}, .context = request.options.context});
  if (tagged) return copied;
  Error error = tagged.error();
  error.message = fmt::format("{}, but the tags are lost: {}", done, error.message);
  error.may_have_happened = true;
  return error;
}

// The driver looks at the source anyway, and says when it is too large: so smaller ones cost no request more.
Result<ObjectInfo> copy_large(BucketDriver& source, BucketDriver& destination, const CopyRequest& request,
                              Error refused) {
  const Capabilities capabilities = destination.capabilities();
  if (refused.code != ErrorCode::unsupported || !capabilities.copy_part) return refused;
  auto info = source.head(request.source_key, {.context = request.options.context});
  if (!info) return info;
  if (info->size <= capabilities.max_copy_size) return refused;
  return copy_in_parts_with_tags(source, destination, request, *info, "the object is copied");
}

// By a copy onto itself, which the service makes in parts.
Result<ObjectInfo> replace_by_copy(BucketDriver& driver, std::string_view key, const SetMetadataOptions& options,
                                   const ObjectInfo& now) {
  CopyRequest request;
  request.source_bucket = driver.name();
  request.source_key = request.destination_key = key;
  request.options.content = options.content;
  request.options.metadata = options.metadata;
  request.options.storage_class = now.storage_class;
  request.options.context = options.context;
  request.options.condition = Condition::match(now.token);
  auto copied = copy_in_parts_with_tags(driver, driver, request, now, "the metadata are set");
  if (copied || copied.error().code != ErrorCode::precondition_failed || options.condition) return copied;
  Error error = std::move(copied).error();
  error.code = ErrorCode::conflict;
  error.message = "the object changed meanwhile";
  return error;
}

}  // namespace

Result<ObjectInfo> set_metadata(BucketDriver& driver, std::string_view key, const SetMetadataOptions& options) {
  auto info = driver.set_metadata(key, options);
  const Capabilities capabilities = driver.capabilities();
  if (info || info.error().code != ErrorCode::unsupported || !capabilities.copy_part) return info;
  // Without the condition the copy could bring an older content back over one that is put meanwhile.
  if (!capabilities.upload_if_match) return info;
  auto now = driver.head(key, {.version_id = {}, .context = options.context});
  if (!now) return now;
  if (now->size <= capabilities.max_copy_size) return info;
  if (auto holds = core::check_condition(options.condition, &now->token); !holds) return std::move(holds).error();
  return replace_by_copy(driver, key, options, *now);
}

Result<ObjectInfo> copy(BucketDriver& source, BucketDriver& destination, CopyRequest request) {
  for (auto wait = kFirstWait;;) {
    auto step = destination.copy(request);
    if (!step) return copy_large(source, destination, request, std::move(step).error());
    if (step->info) return *std::move(step->info);
    // The same place again: the service works by itself, and is only asked how far it is.
    const bool is_waiting = step->resume_token == request.resume_token;
    request.resume_token = std::move(step->resume_token);
    const Status going = is_waiting ? request.options.context.wait_for(wait) : request.options.context.check();
    if (!going) {
      Error given_up = going.error();
      given_up.may_have_happened = true;  // What the service does by itself, it goes on with.
      return given_up;
    }
    wait = is_waiting ? std::min(2 * wait, kLongestWait) : kFirstWait;
  }
}

}  // namespace cloudkit::inline v0::object_store
