#pragma once

#include "sync/entry.h"
#include "sync/path_set.h"

#include <cloudkit/object_store.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

/// Snapshots in buckets: their objects lie below the snapshot's name, at the paths that a directory would have.
namespace cloudkit::inline v0::syncing {

struct BucketCopy {
  const Bucket& from;
  std::string from_key = {};
  GetOptions get = {};
  std::uint64_t size = 0;  ///< As far as it is known: small ones are held in memory.
  const Bucket& to;
  std::string to_key = {};
  PutOptions put = {};
  bool with_headers = true;  ///< Those of the source; else `put` has them.
  std::string sha256 = {};   ///< What it must have, if it is known: else it does not appear.
  std::function<void(std::uint64_t)> progress = {};
};

struct CopiedBytes {
  ObjectInfo info = {};  ///< Of the source.
  std::uint64_t size = 0;
  std::string sha256 = {};
  std::string stored = {};  ///< The token at the target.
};

/// Through this machine, with the SHA-256 of what has passed. `at_target` is set when an error is the target's.
Result<CopiedBytes> copy_bytes(const BucketCopy& copy, bool& at_target);

/// Which of these, by number, are not in the snapshot with the size and the token that they should have: by a listing,
/// and by name where that would be long.
Result<std::vector<std::size_t>> find_wrong_copies(const Bucket& bucket, const std::string& snapshot,
                                                   const std::vector<Entry>& entries, const Context& context);

/// Calls `take` with the path of each object of the snapshot that is not known.
Status for_each_extra(const Bucket& bucket, const std::string& snapshot, const PathSet& known, const Context& context,
                      const std::function<Status(const std::string& path)>& take);

/// Whether the entry has an object of its own there.
inline bool has_copy(const Entry& entry) noexcept {
  return !entry.is_missing() && entry.action != Entry::Action::directory;
}

}  // namespace cloudkit::inline v0::syncing
