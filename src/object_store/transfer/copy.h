#pragma once

#include <cloudkit/driver/object_store.h>

namespace cloudkit::inline v0::object_store {

/// A copy within a store, in as many requests as its size takes.
Result<ObjectInfo> copy(BucketDriver& source, BucketDriver& destination, CopyRequest request);

}  // namespace cloudkit::inline v0::object_store
