#pragma once

#include <cloudkit/driver/object_store.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::object_store {

/// Reads an object into a file, which appears when it is whole. One stream reads it from its beginning, and tells how
/// large it is; of a large one on a remote backend the others read parts from its end, pinned to the content of the
/// first, until they meet. What arrived wrong is read once more. Errors: as `fetch`, and `io`.
///
/// With `TransferOptions::resume` a journal beside the file tells which parts are there, and an earlier program's are
/// not read again if the object is what it was. Errors: `conflict` when two do that at once.
Result<ObjectInfo> download(BucketDriver& driver, std::string_view key, const GetOptions& options,
                            const std::string& path);

}  // namespace cloudkit::inline v0::object_store
