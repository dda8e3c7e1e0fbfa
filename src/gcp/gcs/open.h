#pragma once

#include <cloudkit/driver/object_store.h>
#include <cloudkit/gcp.h>
#include <cloudkit/open.h>

#include <memory>

namespace cloudkit::inline v0::gcp::gcs {

/// Does no I/O. Errors: `invalid_argument`.
Result<std::shared_ptr<ObjectStoreDriver>> make_driver(GcsOptions options);

/// What a `gs://` URL's query says: project, endpoint, location, user_project, anonymous (true, false). Errors:
/// `invalid_argument`.
Result<GcsOptions> options_of(const Url& url);

/// Does no I/O. Errors: also those of `make_driver`.
Result<std::shared_ptr<ObjectStoreDriver>> open_store(const Url& url);

}  // namespace cloudkit::inline v0::gcp::gcs
