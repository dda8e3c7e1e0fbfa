#pragma once

#include "conformance/live/meter.h"
#include "conformance/live/settings.h"

#include <cloudkit/object_store.h>

#include <memory>
#include <string>
#include <vector>

namespace live {

/// Where live runs happen: a store, and in one of its buckets the part below a prefix.
struct Place {
  cloudkit::ObjectStore store;
  cloudkit::Bucket root;
};

/// Does no I/O. All of its requests go through `meter`.
cloudkit::Result<Place> open_place(const Settings& settings, const std::shared_ptr<Meter>& meter);

/// The names of the runs below the prefix. Errors: `invalid_argument` when something else is
/// there: then the prefix is not ours.
cloudkit::Result<std::vector<std::string>> runs_in(const Place& place);

/// Removes every object; how many there were.
cloudkit::Result<std::size_t> remove_all(const cloudkit::Bucket& bucket);

/// Removes what runs left that began longer ago than `settings.older_than`, and says what.
cloudkit::Status sweep(const Place& place, const Settings& settings);

}  // namespace live
