#pragma once

#include "sync/file_tree.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::syncing {

/// The paths of a snapshot: eight bytes for each, whatever its length.
class PathSet {
 public:
  void add(std::string_view path) { digests_.push_back(digest_of_path(path)); }
  /// After the last `add`, before the first `has`.
  void sort() { std::sort(digests_.begin(), digests_.end()); }
  bool has(std::string_view path) const {
    return std::binary_search(digests_.begin(), digests_.end(), digest_of_path(path));
  }

 private:
  std::vector<std::uint64_t> digests_;
};

}  // namespace cloudkit::inline v0::syncing
