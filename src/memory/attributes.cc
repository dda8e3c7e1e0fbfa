#include "core/object_rules.h"
#include "memory/bucket_driver.h"
#include "memory/contents.h"
#include "memory/versions.h"

#include <mutex>

namespace cloudkit::inline v0::memory {

Result<ObjectInfo> MemoryBucketDriver::set_metadata(std::string_view key, const SetMetadataOptions& options) {
  std::shared_ptr<const StoredObject> old;
  const std::unique_lock lock(store_->mutex);
  StoredBucket* const bucket = find_bucket(*store_, name_);
  if (bucket == nullptr) return core::no_such_bucket(name_);
  old = find_object(*bucket, key);
  if (auto status = core::check_condition(options.condition, old == nullptr ? nullptr : &old->info.token); !status) {
    return status.error();
  }
  if (old == nullptr) return core::no_such_object(key);
  auto changed = std::make_shared<StoredObject>(*old);  // Shares the bytes.
  if (options.content) changed->info.content = *options.content;
  if (options.metadata) changed->info.metadata = *options.metadata;
  changed->info.token = next_token();
  changed->info.modified = std::chrono::system_clock::now();
  ObjectInfo info = changed->info;
  replace_version(*bucket, *old, changed);
  return info;
}

Result<Tags> MemoryBucketDriver::get_tags(std::string_view key, const TagOptions& options) {
  return find(name_, key, options.version_id).map([](const auto& object) { return object->tags; });
}

Status MemoryBucketDriver::set_tags(std::string_view key, const Tags& tags, const TagOptions& options) {
  std::shared_ptr<const StoredObject> old;
  const std::unique_lock lock(store_->mutex);
  StoredBucket* const bucket = find_bucket(*store_, name_);
  if (bucket == nullptr) return core::no_such_bucket(name_);
  old = find_version(*bucket, key, options.version_id);
  if (old == nullptr) return core::no_such_object(key);
  auto changed = std::make_shared<StoredObject>(*old);
  changed->tags = tags;
  replace_version(*bucket, *old, changed);
  return {};
}

}  // namespace cloudkit::inline v0::memory
