#pragma once

#include "object_store/hedge_watch.h"

#include <cloudkit/driver/object_store.h>

#include <string_view>

namespace cloudkit::inline v0 {

struct HedgeAccess {
  /// With what it knows already: for tests.
  static Hedge make(object_store::HedgePlan plan);
  /// Of one that is not the default.
  static object_store::HedgeWatch& watch(const Hedge& hedge);
};

namespace object_store {

/// As `driver.get`, helped by a second get as `request.hedge` says. The receiver is called by one thread at a time, but
/// perhaps not by the caller's; what it throws arrives here all the same.
Result<ObjectInfo> hedged_get(BucketDriver& driver, std::string_view key, const GetOptions& request,
                              ObjectReceiver& receiver);

}  // namespace object_store
}  // namespace cloudkit::inline v0
