#pragma once

#include <cloudkit/context.h>

#include <functional>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::local {

/// Whether there is any object in the directory `path` below `bucket`, at whatever depth.
Result<bool> contains_object(int bucket, const std::string& path, const Context& context);

/// Removes what programs that died have left in a bucket: temporary files, sidecars, and
/// directories without anything else.
Status remove_leftovers(int bucket, const Context& context);

}  // namespace cloudkit::inline v0::local
