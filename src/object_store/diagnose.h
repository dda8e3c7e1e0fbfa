#pragma once

#include <cloudkit/driver/object_store.h>
#include <cloudkit/object_store.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// What can be found out of any store by its contract.
namespace cloudkit::inline v0::object_store {

/// Whether it answers, and how fast. `bucket` empty: the store itself.
Finding check_access(ObjectStoreDriver& store, std::string_view bucket, const Context& context);

/// One finding for each thing that not every store does.
std::vector<Finding> list_promises(const Capabilities& capabilities);

/// Puts and removes objects of its own, and sees which conditions are kept.
std::vector<Finding> try_promises(std::shared_ptr<BucketDriver> driver, const std::string& prefix,
                                  const Context& context);

}  // namespace cloudkit::inline v0::object_store
