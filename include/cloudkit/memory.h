#pragma once

#include <cloudkit/driver/object_store.h>
#include <cloudkit/object_store.h>

namespace cloudkit::inline v0::memory {

/// For `make_memory_store`.
struct MemoryStoreOptions {
  /// What it demands of uploads in parts: a service's rules, to be tried in small.
  UploadLimits upload_limits = {};
};

/// A store of its own, gone with its last handle. `open_bucket("mem://NAME")` uses another one,
/// shared in the process.
CLOUDKIT_API ObjectStore make_memory_store(const MemoryStoreOptions& options = {});

}  // namespace cloudkit::inline v0::memory
