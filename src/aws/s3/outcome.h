#pragma once

#include <cloudkit/object_types.h>

/// What a refusal means to the caller, where S3 and its kin say it differently.
namespace cloudkit::inline v0::aws::s3 {

/// A 404 by which S3 says that there is no such object, and not a proxy that there is no such page.
bool object_is_missing(const Error& error);
/// AWS answers a condition on an object that is not there with 404, others with 412. For the
/// caller both say that the condition did not hold.
Error normalised(Error error, const Condition& condition);
/// The caller of a copy set no condition: it was the pin that did not hold.
Error unpinned(Error error);

}  // namespace cloudkit::inline v0::aws::s3
