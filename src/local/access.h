#pragma once

#include <cloudkit/result.h>

#include <sys/stat.h>

#include <string_view>

/// Who may read and write a file.
namespace cloudkit::inline v0::local {

enum class Owner { kept, whoever_writes };

/// Whose access a file gets: that of the open file `file`, which has to stay open.
struct AccessLike {
  int file = -1;
  struct stat state = {};
  Owner owner = Owner::whoever_writes;  ///< `kept` takes root; others own what they write.
};

/// Mode, group and access list. Where group or list cannot be the same, nobody gets more: the group gets nothing, and
/// others nothing that the old group had not, or nothing at all beside a list. `path` is for messages. Errors:
/// `permission_denied` where root may not give the owner back, `io`.
Status take_access(const AccessLike& like, int file, std::string_view path);

}  // namespace cloudkit::inline v0::local
