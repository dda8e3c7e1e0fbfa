#pragma once

#include <cloudkit/open.h>

/// What `file://` means in a URL. Paths are absolute and on this machine.
namespace cloudkit::inline v0::local {

/// `file:///DIR`: its sub-directories are the buckets. Errors: `invalid_argument`.
Result<std::shared_ptr<ObjectStoreDriver>> open_store(const Url& url);
/// `file:///DIR`: that directory is the bucket, also when it is a symbolic link or `/`. Errors:
/// `invalid_argument`.
Result<BucketLocation> open_bucket(const Url& url);

}  // namespace cloudkit::inline v0::local
