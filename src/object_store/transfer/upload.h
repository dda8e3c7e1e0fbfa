#pragma once

#include "object_store/local_io.h"

#include <cloudkit/driver/object_store.h>

#include <string_view>

/// Objects that travel in parts. They are whole or absent: after an error that is final the parts
/// under way are joined, then those that were sent are taken back. A lost reply to the last request
/// is settled.
namespace cloudkit::inline v0::object_store {

class PartSender;

/// Whether the backend takes parts, and honours the condition for them.
bool may_use_parts(const Capabilities& capabilities, const PutOptions& options);
/// Whether an object of `size` bytes should travel in parts.
bool wants_parts(BucketDriver& driver, const Capabilities& capabilities, std::uint64_t size, const PutOptions& options);

/// Errors: those of the driver and the source; `io` for a source that changed.
Result<ObjectInfo> upload(BucketDriver& driver, std::string_view key, const Source& source, PutOptions options);
/// The same for `size` bytes that `sender` knows where to get.
Result<ObjectInfo> upload(BucketDriver& driver, std::string_view key, std::uint64_t size, PutOptions options,
                          PartSender& sender);

/// `upload`, with a journal beside the file: what an earlier program has sent of it is not sent again, if the service
/// still has it and the file is what it was. Errors: `conflict` when two do that at once.
Result<ObjectInfo> upload_resumably(BucketDriver& driver, std::string_view key, const FileSource& source,
                                    PutOptions options);
/// Takes back what an earlier program has sent of a file that now travels in one piece.
Status forget_earlier_upload(BucketDriver& driver, std::string_view key, const FileSource& source,
                             const PutOptions& options);

/// Errors: `unsupported` for more than one request takes.
Status check_put_size(std::uint64_t size, const Capabilities& capabilities);
/// In one request or in parts. Errors: as `upload`; `unsupported` for what is too large.
Result<ObjectInfo> put(BucketDriver& driver, const Capabilities& capabilities, std::string_view key,
                       const Source& source, PutOptions options);

/// A copy that is too large for one request, of the object that `source` describes.
Result<ObjectInfo> copy_in_parts(BucketDriver& driver, const CopyRequest& request, const ObjectInfo& source);

}  // namespace cloudkit::inline v0::object_store
