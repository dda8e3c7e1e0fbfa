#pragma once

#include <cloudkit/aws.h>
#include <cloudkit/driver/object_store.h>
#include <cloudkit/open.h>

#include <memory>

namespace cloudkit::inline v0::aws::s3 {

/// Does no I/O. Errors: `invalid_argument`.
Result<std::shared_ptr<ObjectStoreDriver>> make_driver(S3Options options);

/// What an `s3://` URL's query says: region, endpoint, profile, server (a name of the table), account, addressing
/// (auto, path, virtual), anonymous, fips, dual_stack, accelerate (true, false). Errors: `invalid_argument`.
Result<S3Options> options_of(const Url& url);

/// Does no I/O. Errors: also those of `make_driver`.
Result<std::shared_ptr<ObjectStoreDriver>> open_store(const Url& url);

}  // namespace cloudkit::inline v0::aws::s3
