#pragma once

#include <cloudkit/azure.h>
#include <cloudkit/driver/object_store.h>
#include <cloudkit/open.h>

#include <memory>

namespace cloudkit::inline v0::azure::blob {

/// Does no I/O. Errors: `invalid_argument`, `unauthenticated`.
Result<std::shared_ptr<ObjectStoreDriver>> make_driver(BlobOptions options);

/// What an `az://` URL's query says: account, endpoint, anonymous (true, false). Keys and signatures are not among it:
/// URLs get logged. Errors: `invalid_argument`.
Result<BlobOptions> options_of(const Url& url);

/// Does no I/O. Errors: also those of `make_driver`.
Result<std::shared_ptr<ObjectStoreDriver>> open_store(const Url& url);

}  // namespace cloudkit::inline v0::azure::blob
