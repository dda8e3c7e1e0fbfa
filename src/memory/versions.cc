#include "memory/versions.h"

#include "core/encode.h"
#include "core/fail.h"
#include "core/object_rules.h"
#include "memory/bucket_driver.h"
#include "memory/contents.h"

#include <algorithm>
#include <mutex>
#include <span>

namespace cloudkit::inline v0::memory {
namespace {

using Version = std::shared_ptr<const StoredObject>;

auto with_id(const Versions& versions, std::string_view version_id) {
  return std::find_if(versions.begin(), versions.end(),
                      [&](const Version& version) { return version->info.version_id == version_id; });
}

VersionEntry entry_of(const StoredObject& object, bool is_latest) {
  VersionEntry entry;
  entry.key = object.info.key;
  entry.version_id = object.info.version_id.empty() ? std::string(kNullVersion) : object.info.version_id;
  entry.is_latest = is_latest;
  entry.is_delete_marker = object.deleted;
  entry.size = object.info.size;
  entry.modified = object.info.modified;
  entry.token = object.info.token;
  entry.storage_class = object.info.storage_class;
  return entry;
}

// "VERSION/KEY" of the last entry of a page. Versions are numbers that grow, so that the place is
// found though that version is gone.
struct Place {
  std::string key = {};
  std::uint64_t version = 0;  // 0: nothing of the key is left to list.

  bool is_past(const StoredObject& object) const {
    if (object.info.key != key) return true;
    return core::parse_u64(object.info.version_id).value_or(UINT64_MAX) < version;
  }
};

Result<Place> place_of(std::string_view token) {
  const std::size_t slash = token.find('/');
  const auto version = core::parse_u64(token.substr(0, slash));
  if (slash == std::string_view::npos || !version) {
    return core::invalid_argument("the page token is not one of this backend",
                                  "pass VersionPage::next_page_token unchanged");
  }
  return Place{std::string(token.substr(slash + 1)), *version};
}

std::string token_after(const VersionEntry& entry) {
  return (entry.version_id == kNullVersion ? std::string("0") : entry.version_id) + '/' + entry.key;
}

std::span<const Version> history(const Version& only) { return {&only, 1}; }
std::span<const Version> history(const Versions& versions) { return versions; }

template <class Map>
Result<VersionPage> fill(const Map& map, const ListVersionsRequest& request) {
  Place place;
  if (!request.page_token.empty()) {
    auto parsed = place_of(request.page_token);
    if (!parsed) return std::move(parsed).error();
    place = *std::move(parsed);
  }
  VersionPage page;
  for (auto it = map.lower_bound(std::max(place.key, request.prefix)); it != map.end(); ++it) {
    if (!it->first.starts_with(request.prefix)) break;
    const std::span<const Version> versions = history(it->second);
    for (std::size_t i = versions.size(); i-- > 0;) {
      if (!place.key.empty() && !place.is_past(*versions[i])) continue;
      if (page.entries.size() == static_cast<std::size_t>(std::max(request.page_size, 1))) {
        page.next_page_token = token_after(page.entries.back());
        return page;
      }
      page.entries.push_back(entry_of(*versions[i], i + 1 == versions.size()));
    }
  }
  return page;
}

}  // namespace

void set_current(StoredBucket& bucket, Version object) {
  if (bucket.versioned) bucket.versions[object->info.key].push_back(object);
  bucket.objects.insert_or_assign(object->info.key, std::move(object));
}

Version remove_current(StoredBucket& bucket, std::string_view key) {
  const auto it = bucket.objects.find(key);
  Version removed = std::move(it->second);
  bucket.objects.erase(it);
  if (bucket.versioned) {
    auto marker = std::make_shared<StoredObject>();
    marker->info.key = key;
    marker->info.version_id = next_token();
    marker->info.modified = std::chrono::system_clock::now();
    marker->deleted = true;
    bucket.versions[std::string(key)].push_back(std::move(marker));
  }
  return removed;
}

Version find_version(const StoredBucket& bucket, std::string_view key, std::string_view version_id) {
  if (version_id.empty() || (!bucket.versioned && version_id == kNullVersion)) return find_object(bucket, key);
  const auto versions = bucket.versions.find(key);
  if (versions == bucket.versions.end()) return nullptr;
  const auto found = with_id(versions->second, version_id);
  return found == versions->second.end() || (*found)->deleted ? nullptr : *found;
}

void replace_version(StoredBucket& bucket, const StoredObject& old, const Version& changed) {
  const std::string& key = old.info.key;
  const auto current = bucket.objects.find(key);
  if (current != bucket.objects.end() && current->second.get() == &old) current->second = changed;
  const auto versions = bucket.versions.find(key);
  if (versions == bucket.versions.end()) return;
  for (Version& version : versions->second) {
    if (version.get() == &old) version = changed;
  }
}

Version remove_version(StoredBucket& bucket, std::string_view key, std::string_view version_id) {
  const auto current = bucket.objects.find(key);
  if (!bucket.versioned) {
    if (version_id != kNullVersion || current == bucket.objects.end()) return nullptr;
    return remove_current(bucket, key);
  }
  const auto versions = bucket.versions.find(key);
  if (versions == bucket.versions.end()) return nullptr;
  const auto found = with_id(versions->second, version_id);
  if (found == versions->second.end()) return nullptr;
  Version removed = *found;
  versions->second.erase(found);
  const Version latest = versions->second.empty() ? nullptr : versions->second.back();
  if (current != bucket.objects.end()) bucket.objects.erase(current);
  if (latest != nullptr && !latest->deleted) bucket.objects.emplace(key, latest);
  if (latest == nullptr) bucket.versions.erase(versions);
  return removed;
}

Result<VersionPage> fill_version_page(const StoredBucket& bucket, const ListVersionsRequest& request) {
  return bucket.versioned ? fill(bucket.versions, request) : fill(bucket.objects, request);
}

Result<VersionPage> MemoryBucketDriver::list_versions_page(const ListVersionsRequest& request) {
  const std::shared_lock lock(store_->mutex);
  const StoredBucket* const bucket = find_bucket(*store_, name_);
  if (bucket == nullptr) return core::no_such_bucket(name_);
  return fill_version_page(*bucket, request);
}

Status MemoryBucketDriver::remove_version(std::string_view key, std::string_view version_id, const VersionOptions&) {
  std::shared_ptr<const StoredObject> removed;  // Outlives the lock: freeing much takes long.
  const std::unique_lock lock(store_->mutex);
  StoredBucket* const bucket = find_bucket(*store_, name_);
  if (bucket == nullptr) return core::no_such_bucket(name_);
  removed = memory::remove_version(*bucket, key, version_id);
  return {};
}

}  // namespace cloudkit::inline v0::memory
