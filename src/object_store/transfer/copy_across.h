#pragma once

#include <cloudkit/driver/object_store.h>

#include <memory>

namespace cloudkit::inline v0::object_store {

/// A copy through this machine, between any two stores. The first get tells size, token and attributes; what follows is
/// pinned to it: by a condition, and by the token of every reply, which is all that holds where a backend honours no
/// conditions. A small object is one get and one put. What the destination takes in parts is fetched and sent part by
/// part, a buffer a worker; else one put reads ahead. Nothing is published before the whole has the checksum that the
/// source keeps for it. Errors say which side failed: `conflict`, retryable, for a source that changed.
Result<ObjectInfo> copy_across(std::shared_ptr<BucketDriver> source, BucketDriver& destination,
                               const CopyRequest& request);

}  // namespace cloudkit::inline v0::object_store
