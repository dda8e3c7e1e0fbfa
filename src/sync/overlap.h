#pragma once

#include <cloudkit/object_store.h>

#include <string>

namespace cloudkit::inline v0::syncing {

/// The directory of a `file://` bucket; empty for any other.
std::string directory_of(const Bucket& bucket);
/// Whether `path`, which need not be there yet, is `directory` or below it: by what they are on the disk, so that
/// symbolic links and bind mounts hide nothing.
bool is_within(const std::string& path, const std::string& directory);
/// Errors: `invalid_argument` when one of the two lies in the other, on whatever paths.
Status check_apart(const Bucket& a, const Bucket& b);

}  // namespace cloudkit::inline v0::syncing
