#pragma once

#include "sync/entry.h"

#include <cloudkit/result.h>

#include <vector>

namespace cloudkit::inline v0::syncing {

/// Files whose bytes `verify` found to be others, though their state is what it was: no backup is to link them again.
/// They stand in `.cloudkit/damaged`, a line for each.
class DamagedFiles {
 public:
  /// What cannot be read has no line.
  static DamagedFiles read(int directory);
  bool has(const FileState& file) const;
  /// For the next backup. Errors: `io`, `permission_denied` on a disk that cannot be written.
  Status note(int directory, const FileState& file);

 private:
  std::vector<FileState> files_;
};

}  // namespace cloudkit::inline v0::syncing
