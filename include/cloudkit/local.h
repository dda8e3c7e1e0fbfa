#pragma once

#include <cloudkit/object_store.h>

#include <string>
#include <string_view>

/// Backends on this machine that need no account.
namespace cloudkit::inline v0::local {

/// For `make_file_store`.
struct FileStoreOptions {
  bool sync = true;  ///< fsync files and directories before a put returns.
};

/// A directory whose sub-directories are buckets. Objects are plain files, and files put there by
/// others are objects, too, but for names that begin with `.ck-`; symbolic links are not followed. Attributes are kept
/// in extended attributes or, where there are none, in a hidden sidecar. Several programs of one machine may share it,
/// conditions included. A file cannot be a directory, so `a` and `a/b` do not both exist (`conflict`). Directories that
/// become empty are removed. Does no I/O. Errors: `invalid_argument`.
CLOUDKIT_API Result<ObjectStore> make_file_store(const std::string& directory, FileStoreOptions options = {});

/// The URL of an absolute path, percent-encoded: "file:///srv/50%25".
CLOUDKIT_API std::string file_url(std::string_view path);

}  // namespace cloudkit::inline v0::local
