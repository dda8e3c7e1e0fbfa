#pragma once

#include <cloudkit/object_store.h>

#include <string>

/// Backends on this machine that need no account.
namespace cloudkit::inline v0::local {

struct FileStoreOptions {
  bool sync = true;  ///< fsync files and directories before a put returns.
};

/// A directory whose sub-directories are buckets. Objects are plain files; their attributes are
/// kept in extended attributes or, where there are none, in a hidden sidecar. Several
/// programs may share it. Does no I/O. Errors: `invalid_argument`.
CLOUDKIT_API Result<ObjectStore> make_file_store(const std::string& directory, FileStoreOptions options = {});

}  // namespace cloudkit::inline v0::local
