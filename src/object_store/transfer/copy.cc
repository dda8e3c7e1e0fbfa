#include "object_store/transfer/copy.h"

#include "core/object_rules.h"
#include "object_store/transfer/upload.h"
#include "object_store/waits.h"

#include <algorithm>

namespace cloudkit::inline v0::object_store {
namespace {

// The driver looks at the source anyway, and says when it is too large: so smaller ones cost no request more.
Result<ObjectInfo> copy_large(BucketDriver& source, BucketDriver& destination, const CopyRequest& request,
                              Error refused) {
  const Capabilities capabilities = destination.capabilities();
  if (refused.code != ErrorCode::unsupported || !capabilities.copy_part) return refused;
  auto info = source.head(request.source_key, {.context = request.options.context});
  if (!info) return info;
  if (info->size <= capabilities.max_copy_size) return refused;
  return copy_in_parts(destination, request, *info);
}

// By a copy onto itself, which the service makes in parts. Parts take no tags along.
Result<ObjectInfo> replace_by_copy(BucketDriver& driver, std::string_view key, const SetMetadataOptions& options,
                                   const ObjectInfo& now) {
  const Capabilities capabilities = driver.capabilities();
  CopyRequest request;
  request.source_bucket = driver.name();
  request.source_key = request.destination_key = key;
  request.options.content = options.content;
  request.options.metadata = options.metadata;
  request.options.storage_class = now.storage_class;
  request.options.context = options.context;
  request.options.condition = Condition::match(now.token);
  Tags tags;
  if (capabilities.tags) {
    auto found = driver.get_tags(key, {.version_id = {}, .context = options.context});
    if (!found) return std::move(found).error();
    tags = *std::move(found);
  }
  auto copied = copy_in_parts(driver, request, now);
  if (!copied) {
    Error error = std::move(copied).error();
    if (error.code == ErrorCode::precondition_failed && !options.condition) {
      error.code = ErrorCode::conflict;
      error.message = "the object changed meanwhile";
    }
    return error;
  }
  if (tags.empty()) return copied;
  if (auto tagged = driver.set_tags(key, tags, {.version_id = {}, .context = options.context}); !tagged) {
    Error error = std::move(tagged).error();
    error.message = "the metadata are set, but the tags are lost: " + error.message;
    error.may_have_happened = true;
    return error;
  }
  return copied;
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
