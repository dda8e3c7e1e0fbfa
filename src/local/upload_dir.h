#pragma once

#include "local/attributes.h"
#include "local/bucket_dir.h"

#include <cloudkit/driver/object_store.h>

#include <string>
#include <string_view>
#include <vector>

/// Where the parts of an upload wait: in `.ck-uploads/ID/`, which no list shows. Its file
/// `.ck-upload` holds the key and has the attributes of the object to be; there is an upload as
/// long as that file exists, also for the next run of the program.
namespace cloudkit::inline v0::local {

/// Longer ago is less; no two are the same.
UploadId new_upload_id();

/// The directory, below the bucket. Errors: `not_found` for what is no id.
Result<std::string> upload_directory(const UploadId& upload);
std::string record_of(std::string_view directory);
std::string part_of(std::string_view directory, int number);

/// What the object to be has besides its bytes. Errors: `not_found` when `directory` is no upload
/// of `key`; `permission_denied`, `io`.
Result<Attributes> open_upload(const BucketDir& bucket, std::string_view directory, std::string_view key);
bool upload_exists(const BucketDir& bucket, std::string_view directory);

/// By ascending number. Errors: `io`, those of the context.
Result<std::vector<UploadPart>> stored_parts(const BucketDir& bucket, std::string_view directory,
                                             const Context& context);

/// From now on there is no such upload, and nothing of it is in the way of anything.
void end_upload(const BucketDir& bucket, std::string_view directory) noexcept;
/// The rest of what `end_upload` has ended. Errors: `io`, those of the context.
Status remove_upload_files(const BucketDir& bucket, std::string_view directory, const Context& context);

/// In no order. Errors: `io`, those of the context.
Result<std::vector<UploadEntry>> find_uploads(const BucketDir& bucket, std::string_view prefix, const Context& context);

}  // namespace cloudkit::inline v0::local
