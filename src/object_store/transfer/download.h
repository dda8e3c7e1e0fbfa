#pragma once

#include "object_store/local_io.h"

#include <cloudkit/driver/object_store.h>

#include <string_view>

namespace cloudkit::inline v0::object_store {

/// Reads an object into `file`, which the caller then publishes. One stream reads it from its
/// beginning, and tells how large it is; of a large one on a remote backend the others read parts
/// from its end, pinned to the content of the first, until they meet. Errors: as `fetch`, and `io`.
Result<ObjectInfo> download(BucketDriver& driver, std::string_view key, const GetOptions& options, PendingFile& file);

}  // namespace cloudkit::inline v0::object_store
