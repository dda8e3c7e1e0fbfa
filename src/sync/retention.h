#pragma once

#include <cloudkit/sync.h>

#include <set>
#include <string>
#include <vector>

namespace cloudkit::inline v0::syncing {

/// The names of those that stay. `snapshots` are by age.
std::set<std::string> kept_snapshots(const std::vector<Snapshot>& snapshots, const PruneOptions& options);

}  // namespace cloudkit::inline v0::syncing
