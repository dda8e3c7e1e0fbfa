#pragma once

#include <cloudkit/driver/object_store.h>

#include <string_view>

/// Objects that travel in parts. They are whole or absent: after an error that is final the parts
/// under way are joined, then those that were sent are taken back. A lost reply to the last request
/// is settled.
namespace cloudkit::inline v0::object_store {

/// Whether an object of `size` bytes should travel in parts.
bool wants_parts(BucketDriver& driver, const Capabilities& capabilities, std::uint64_t size, const PutOptions& options);

/// Errors: those of the driver and the source; `io` for a source that changed.
Result<ObjectInfo> upload(BucketDriver& driver, std::string_view key, const Source& source, PutOptions options);

/// A copy that is too large for one request, of the object that `source` describes.
Result<ObjectInfo> copy_in_parts(BucketDriver& driver, const CopyRequest& request, const ObjectInfo& source);

}  // namespace cloudkit::inline v0::object_store
