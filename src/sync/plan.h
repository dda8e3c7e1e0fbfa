#pragma once

#include "sync/manifest.h"

#include <cloudkit/object_store.h>

#include <functional>
#include <optional>

namespace cloudkit::inline v0::syncing {

/// What merging stands on.
class KeyOrder {
 public:
  /// Errors: `unsupported` for a key that is not greater than the last one.
  Status next(std::string_view key);

 private:
  std::string last_;
};

/// The objects of a bucket by key, as they are listed, without what rules leave out. Errors: those of the listing; `io`
/// for one that is not in order; what `take` returns.
struct EachObject {
  const Bucket& from;
  const std::vector<KeyRule>& rules;
  bool versions = false;  ///< With the version that each one has.
  Context context = {};
  std::string after = {};  ///< Only greater keys.
  std::string until = {};  ///< And none that is greater; empty: to the end.
  bool prefetch = false;   ///< As in ListOptions: for who takes all of it, and at once.
  /// As in ListOptions, of what rules do not leave out.
  std::function<void(std::string_view key, std::string_view what)> passed_over = {};
};
/// Returns how many keys were left out.
Result<std::uint64_t> for_each_object(const EachObject& what, const std::function<Status(ObjectInfo)>& take);

/// Entries of a manifest, asked for by growing keys. What a damaged one does not tell is not there.
class SortedEntries {
 public:
  explicit SortedEntries(std::optional<ManifestReader> reader) : reader_(std::move(reader)) {}
  /// Null when there is none. `index()` is then its number. What it leads to may be moved from: it is asked for once.
  Entry* find(std::string_view key);
  std::uint64_t index() const noexcept { return read_ - 1; }

 private:
  std::optional<ManifestReader> reader_;
  std::optional<Entry> entry_;
  std::uint64_t read_ = 0;
  bool started_ = false;
};

struct PlanCounts {
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
  std::uint64_t fetched = 0;
  std::uint64_t fetched_bytes = 0;
  std::uint64_t excluded = 0;
};

/// What each object needs to be in a new snapshot, when `previous` is there already; with `tags` those that it lacks,
/// too. Errors: of `for_each_object`.
Result<PlanCounts> make_plan(const EachObject& what, Names names, bool tags, SortedEntries& previous,
                             const std::function<Status(Entry&)>& take);

}  // namespace cloudkit::inline v0::syncing
