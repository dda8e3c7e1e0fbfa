#pragma once

#include <cloudkit/driver/object_store.h>

/// For services that list the oldest version of a key first, and so know the newest one at the end of a key.
namespace cloudkit::inline v0::http {

/// Of two versions of one key.
using IsNewer = bool (*)(const VersionEntry& a, const VersionEntry& b);

/// Of pages that were read one after the other: the versions of each key together, the newest first. The token is the
/// key to go on at, whose versions are left out.
VersionPage whole_keys(VersionPage read, IsNewer is_newer);
/// Whether `whole_keys` would leave nothing of a page: it has one key, and more may come.
bool is_one_key(const VersionPage& read) noexcept;

}  // namespace cloudkit::inline v0::http
