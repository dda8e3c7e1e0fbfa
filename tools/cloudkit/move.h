#pragma once

#include "local_tree.h"

#include <cloudkit/object_store.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

/// Moving is copying, looking whether all is there, and only then removing: whenever it is ended, nothing is lost, and
/// the same command goes on.
namespace cloudkit::tool {

/// Returns the number of bytes.
using CopyStep = std::function<Result<std::uint64_t>()>;

/// Where an object goes. Without a bucket: to a file, which is whole when `copy` has succeeded.
struct MoveTarget {
  const Bucket* bucket = nullptr;
  std::string key = {};
  bool if_absent = false;                                      ///< `copy` replaces nothing.
  std::function<Result<std::unique_ptr<Source>>()> file = {};  ///< Opens it, without a bucket.
  bool without_tags = false;                                   ///< Tags that cannot come along may stay behind.
};

/// Without `copy` it is only looked whether there is something to move to another place.
/// What `copy` finds there already, byte for byte, has arrived: an earlier run was ended before it removed the source.
/// The object's tags come along into a bucket; what cannot be read or has no place there keeps the source. Errors:
/// those of `copy`, and of the tags; `conflict` when the source changed meanwhile, which keeps both; `invalid_argument`
/// when target and source are one object; `data_loss` when the copy is not of the source's size.
Result<std::uint64_t> move_object(const Bucket& from, const std::string& key, const MoveTarget& to,
                                  const Context& context, const CopyStep& copy);
Result<std::uint64_t> move_file(const LocalTree& from, const std::string& name, const MoveTarget& to,
                                const Context& context, const CopyStep& copy);

}  // namespace cloudkit::tool
