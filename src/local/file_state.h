#pragma once

#include "core/unique_fd.h"
#include "local/attributes.h"
#include "local/bucket_dir.h"

#include <sys/stat.h>

/// An object as it is at one moment.
namespace cloudkit::inline v0::local {

/// Identity, size and times: everything that changes with the content. Every file written here
/// has a time of modification with all its nanoseconds, so an inode number that is used again
/// does not bring back an old token. Where the file system keeps none, the inode's generation tells
/// its uses apart. `state` is the file's.
std::string token_of(int file, const struct stat& state);
/// The same, of the file `name` in `directory`.
std::string token_of(int directory, const std::string& name, const struct stat& state);
TimePoint modified_of(const struct stat& state);
/// Without a type that was stored it is that of the key's name.
ObjectInfo info_of(std::string_view key, int file, const struct stat& state, Attributes attributes);
/// False when someone wrote into the file between the two.
bool same_content(const struct stat& a, const struct stat& b);

/// Before bytes are moved for nothing: as the object is now, which decides nothing but that the condition does not
/// hold. Errors: `precondition_failed`.
Status check_early(const BucketDir& bucket, std::string_view key, const Condition& condition);

struct OpenObject {
  core::UniqueFd file = {};
  struct stat state = {};
  Attributes attributes = {};
};

/// Errors: `not_found`, also for what is not a regular file; `permission_denied`, `io`.
Result<OpenObject> open_object(const BucketDir& bucket, std::string_view key);

/// "a symbolic link" and so on.
std::string_view kind_of(const struct stat& state);

}  // namespace cloudkit::inline v0::local
