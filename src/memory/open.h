#pragma once

#include <cloudkit/open.h>

/// What `mem://` means in a URL: one store, shared in the process.
namespace cloudkit::inline v0::memory {

/// `mem://`. Errors: `invalid_argument`.
Result<std::shared_ptr<ObjectStoreDriver>> open_store(const Url& url);
/// `mem://NAME[/PREFIX]`. Errors: `invalid_argument`.
Result<BucketLocation> open_bucket(const Url& url);

}  // namespace cloudkit::inline v0::memory
