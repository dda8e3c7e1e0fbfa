#pragma once

#include "memory/store.h"

#include <cloudkit/driver/object_store.h>

#include <memory>
#include <string_view>

/// Old contents, in buckets that keep them. All want the store's lock.
namespace cloudkit::inline v0::memory {

/// What an object has as its only version in a bucket that keeps none, as in S3.
inline constexpr std::string_view kNullVersion = "null";

/// `object` is what its key reads from now on. It has its version already, if the bucket keeps them.
void set_current(StoredBucket& bucket, std::shared_ptr<const StoredObject> object);
/// There is an object. Leaves a delete marker where the bucket keeps versions.
std::shared_ptr<const StoredObject> remove_current(StoredBucket& bucket, std::string_view key);
/// `version_id` empty: the current one. Null: there is none, or it is a delete marker.
std::shared_ptr<const StoredObject> find_version(const StoredBucket& bucket, std::string_view key,
                                                 std::string_view version_id);
/// The same content with other attributes: in place, no new version.
void replace_version(StoredBucket& bucket, const StoredObject& old, const std::shared_ptr<const StoredObject>& changed);
/// For good. The version before becomes what is read.
std::shared_ptr<const StoredObject> remove_version(StoredBucket& bucket, std::string_view key,
                                                   std::string_view version_id);
/// Errors: `invalid_argument` for a page token that is not one.
Result<VersionPage> fill_version_page(const StoredBucket& bucket, const ListVersionsRequest& request);

}  // namespace cloudkit::inline v0::memory
