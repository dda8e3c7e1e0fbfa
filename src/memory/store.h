#pragma once

#include <cloudkit/driver/object_store.h>

#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

namespace cloudkit::inline v0::memory {

/// Never changed once it can be seen: readers keep the old bytes while a writer puts new ones.
struct StoredObject {
  ObjectInfo info = {};
  std::shared_ptr<const std::string> data = {};
  Tags tags = {};
  bool deleted = false;  ///< A delete marker: a version without bytes.
};

/// Ordered by bytes, because std::string compares as unsigned characters.
using ObjectMap = std::map<std::string, std::shared_ptr<const StoredObject>, std::less<>>;

/// Of one key, the oldest first.
using Versions = std::vector<std::shared_ptr<const StoredObject>>;

struct StoredPart {
  std::string token = {};
  std::shared_ptr<const std::string> data = {};
};

/// Not an object yet. Changed only under the store's lock.
struct StoredUpload {
  TimePoint started = {};
  ObjectInfo attributes = {};  ///< Of the object to be.
  Tags tags = {};
  std::map<int, StoredPart> parts = {};
};

/// The key and a number: by key, then by age.
using UploadKey = std::pair<std::string, std::uint64_t>;
using UploadMap = std::map<UploadKey, StoredUpload>;

struct StoredBucket {
  TimePoint created = {};
  ObjectMap objects = {};
  bool versioned = false;
  std::map<std::string, Versions, std::less<>> versions = {};  ///< All of them; empty unless `versioned`.
  UploadMap uploads = {};
};

/// One lock for all, held for a look-up or an insertion and never while bytes are moved.
struct Store {
  explicit Store(UploadLimits limits) : upload_limits(limits) {}
  const UploadLimits upload_limits;
  std::shared_mutex mutex;
  std::map<std::string, StoredBucket, std::less<>> buckets;
};

/// Null: there is none. Both want the store's lock.
inline StoredBucket* find_bucket(Store& store, std::string_view name) {
  const auto it = store.buckets.find(name);
  return it == store.buckets.end() ? nullptr : &it->second;
}
inline std::shared_ptr<const StoredObject> find_object(const StoredBucket& bucket, std::string_view key) {
  const auto it = bucket.objects.find(key);
  return it == bucket.objects.end() ? nullptr : it->second;
}

}  // namespace cloudkit::inline v0::memory
