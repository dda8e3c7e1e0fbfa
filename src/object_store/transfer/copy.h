#pragma once

#include <cloudkit/driver/object_store.h>

namespace cloudkit::inline v0::object_store {

/// A copy within a store, in as many requests as its size takes.
Result<ObjectInfo> copy(BucketDriver& source, BucketDriver& destination, CopyRequest request);

/// Other attributes for an object, also for one that is too large for one request.
Result<ObjectInfo> set_metadata(BucketDriver& driver, std::string_view key, const SetMetadataOptions& options);

}  // namespace cloudkit::inline v0::object_store
