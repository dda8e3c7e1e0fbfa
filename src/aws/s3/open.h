#pragma once

#include <cloudkit/aws.h>
#include <cloudkit/driver/object_store.h>
#include <cloudkit/open.h>

#include <memory>

namespace cloudkit::inline v0::aws::s3 {

/// Does no I/O. Errors: `invalid_argument`.
Result<std::shared_ptr<ObjectStoreDriver>> make_driver(S3Options options);

/// The store that an `s3://` URL's query describes: region, endpoint, profile, server (aws, ceph,
/// generic), addressing (auto, path, virtual), anonymous (true, false). Does no I/O. Errors:
/// `invalid_argument`.
Result<std::shared_ptr<ObjectStoreDriver>> open_store(const Url& url);

}  // namespace cloudkit::inline v0::aws::s3
