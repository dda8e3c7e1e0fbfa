#include "memory/bucket_driver.h"

#include "core/byte_range.h"
#include "core/list_pager.h"
#include "core/object_rules.h"
#include "core/source_chunks.h"
#include "core/upload_rules.h"
#include "memory/contents.h"
#include "memory/versions.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

namespace cloudkit::inline v0::memory {
namespace {

Status deliver(Bytes data, const Context& context, ObjectReceiver& receiver) {
  for (std::size_t at = 0; at < data.size(); at += core::kChunkSize) {
    if (auto status = context.check(); !status) return status;
    const Bytes chunk(data.data() + at, std::min(core::kChunkSize, data.size() - at));
    if (auto status = receiver.write(chunk); !status) return status;
  }
  return {};
}

ContentHeaders with_type(ContentHeaders content) {
  if (content.type.empty()) content.type = core::kDefaultContentType;
  return content;
}

class MapKeys final : public core::OrderedKeys {
 public:
  explicit MapKeys(const ObjectMap& objects) : objects_(objects) {}

  Result<std::optional<ListEntry>> first_from(std::string_view bound) override {
    const auto it = objects_.lower_bound(bound);
    if (it == objects_.end()) return std::optional<ListEntry>();
    const ObjectInfo& info = it->second->info;
    ListEntry entry;
    entry.key = it->first;
    entry.size = info.size;
    entry.modified = info.modified;
    entry.token = info.token;
    entry.storage_class = info.storage_class;
    return std::optional<ListEntry>(std::move(entry));
  }

 private:
  const ObjectMap& objects_;
};

}  // namespace

Capabilities MemoryBucketDriver::capabilities() const {
  Capabilities can;
  can.put_if_absent = true;
  can.put_if_match = true;
  can.conditional_get = true;
  can.remove_if_match = true;
  can.copy_if_absent = true;
  can.storage_class = true;  // Kept and returned; it means nothing here.
  can.tags = true;
  can.versions = true;
  can.set_metadata = true;
  can.set_metadata_if_match = true;
  can.persistent = false;
  can.uploads = true;
  can.upload_if_absent = true;
  can.upload_if_match = true;
  can.copy_part = true;
  return can;
}

std::string MemoryBucketDriver::store_id() const {
  return fmt::format("mem:{}", static_cast<const void*>(store_.get()));
}

Result<std::shared_ptr<const StoredObject>> MemoryBucketDriver::find(std::string_view bucket, std::string_view key,
                                                                     std::string_view version_id) const {
  const std::shared_lock lock(store_->mutex);
  const StoredBucket* const found = find_bucket(*store_, bucket);
  if (found == nullptr) return core::no_such_bucket(bucket);
  auto object = find_version(*found, key, version_id);
  if (object == nullptr) return core::no_such_object(key);
  return object;
}

Result<ObjectInfo> MemoryBucketDriver::publish(std::string_view key, StoredObject object, const Condition& condition,
                                               const UploadKey* upload) {
  object.info.key = key;
  object.info.size = object.data->size();
  object.info.content = with_type(std::move(object.info.content));
  std::shared_ptr<const StoredObject> replaced;  // Outlive the lock: freeing much takes long.
  UploadMap::node_type completed;
  const std::unique_lock lock(store_->mutex);
  StoredBucket* const bucket = find_bucket(*store_, name_);
  if (bucket == nullptr) return core::no_such_bucket(name_);
  if (upload != nullptr && bucket->uploads.count(*upload) == 0) return core::no_such_upload();
  replaced = find_object(*bucket, key);
  const std::string* const token = replaced == nullptr ? nullptr : &replaced->info.token;
  if (auto status = core::check_condition(condition, token); !status) return status.error();
  object.info.modified = std::chrono::system_clock::now();
  object.info.token = next_token();
  object.info.version_id = bucket->versioned ? next_token() : std::string();
  ObjectInfo info = object.info;
  if (upload != nullptr) completed = bucket->uploads.extract(*upload);
  set_current(*bucket, std::make_shared<const StoredObject>(std::move(object)));
  return info;
}

Result<ObjectInfo> MemoryBucketDriver::put(std::string_view key, const Source& source, const PutOptions& options) {
  auto data = read_whole(source, options.context);
  if (!data) return std::move(data).error();
  StoredObject object;
  object.data = *std::move(data);
  object.info.content = options.content;
  object.info.metadata = options.metadata;
  object.info.storage_class = options.storage_class;
  object.tags = options.tags;
  return publish(key, std::move(object), options.condition);
}

Result<ObjectInfo> MemoryBucketDriver::get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) {
  auto found = find(name_, key, options.version_id);
  if (!found) return std::move(found).error();
  const StoredObject& object = **found;
  if (auto status = core::check_condition(options.condition, &object.info.token); !status) return status.error();
  const auto range = core::resolve_range(options.range, object.info.size);
  if (!range) return range.error();
  if (auto status = receiver.begin(object.info, range->offset, range->length); !status) return status.error();
  const Bytes wanted(object.data->data() + range->offset, static_cast<std::size_t>(range->length));
  if (auto status = deliver(wanted, options.context, receiver); !status) return status.error();
  return object.info;
}

Result<ObjectInfo> MemoryBucketDriver::head(std::string_view key, const HeadOptions& options) {
  return find(name_, key, options.version_id).map([](const auto& object) { return object->info; });
}

Status MemoryBucketDriver::remove(std::string_view key, const RemoveOptions& options) {
  std::shared_ptr<const StoredObject> removed;
  const std::unique_lock lock(store_->mutex);
  StoredBucket* const bucket = find_bucket(*store_, name_);
  if (bucket == nullptr) return core::no_such_bucket(name_);
  const auto it = bucket->objects.find(key);
  const bool exists = it != bucket->objects.end();
  if (auto status = core::check_condition(options.condition, exists ? &it->second->info.token : nullptr); !status) {
    return status;
  }
  if (!exists) return {};
  removed = remove_current(*bucket, key);
  return {};
}

Result<CopyStep> MemoryBucketDriver::copy(const CopyRequest& request) {
  auto found = find(request.source_bucket, request.source_key);
  if (!found) return std::move(found).error();
  StoredObject object = **found;  // Shares the bytes, which never change.
  if (request.options.content) object.info.content = *request.options.content;
  if (request.options.metadata) object.info.metadata = *request.options.metadata;
  if (!request.options.storage_class.empty()) object.info.storage_class = request.options.storage_class;
  auto info = publish(request.destination_key, std::move(object), request.options.condition);
  if (!info) return std::move(info).error();
  CopyStep step;
  step.info = *std::move(info);
  return step;
}

Result<ListPage> MemoryBucketDriver::list_page(const ListPageRequest& request) {
  const std::shared_lock lock(store_->mutex);
  const StoredBucket* const bucket = find_bucket(*store_, name_);
  if (bucket == nullptr) return core::no_such_bucket(name_);
  MapKeys keys(bucket->objects);
  return core::fill_list_page(request, keys);
}

}  // namespace cloudkit::inline v0::memory
