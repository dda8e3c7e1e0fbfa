#pragma once

#include <cloudkit/object_types.h>

#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>

namespace cloudkit::inline v0::memory {

/// Never changed once it can be seen: readers keep the old bytes while a writer puts new ones.
struct StoredObject {
  ObjectInfo info = {};
  std::shared_ptr<const std::string> data = {};
};

/// Ordered by bytes, because std::string compares as unsigned characters.
using ObjectMap = std::map<std::string, std::shared_ptr<const StoredObject>, std::less<>>;

struct StoredBucket {
  TimePoint created = {};
  ObjectMap objects = {};
};

/// One lock for all, held for a look-up or an insertion and never while bytes are moved.
struct Store {
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
