#pragma once

#include <cloudkit/object_store.h>

namespace cloudkit::inline v0::memory {

/// A store of its own, gone with its last handle. `open_bucket("mem://NAME")` uses another one,
/// shared in the process.
CLOUDKIT_API ObjectStore make_memory_store();

}  // namespace cloudkit::inline v0::memory
