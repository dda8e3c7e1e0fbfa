#pragma once

#include "sync/backup_dir.h"
#include "sync/file_tree.h"
#include "sync/manifest.h"

#include <cloudkit/sync.h>

#include <string>

namespace cloudkit::inline v0::syncing {

/// A finished snapshot that is being read. No prune removes it meanwhile.
struct OpenSnapshot {
  std::string name = {};
  ManifestReader manifest;
  FileTree tree;
};
/// `name`: empty for the newest. Errors: `not_found`, `data_loss`, `io`, …
Result<OpenSnapshot> open_snapshot(const BackupDir& dir, const std::string& name, const Context& context);

/// Shared by who reads a snapshot, alone by who removes it. False: somebody else has it. A file system that has no
/// locks does without. Errors: `io`, …
Result<bool> lock_manifest(int file, bool alone, const std::string& path);

/// A file that must be what its manifest says: still open, and its state. Errors: `not_found`; `data_loss`, saying how
/// it differs; `io`.
Result<core::UniqueFd> open_checked(const FileTree& tree, const Entry& entry);
/// Its bytes, too, from the beginning. Errors: `data_loss`, `io`, those of the context.
Status check_bytes(int file, const FileTree& tree, const Entry& entry, const Context& context);

}  // namespace cloudkit::inline v0::syncing
