#pragma once

#include <cloudkit/context.h>

#include <functional>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::local {

/// Whether there is any object in the directory `path` below `bucket`, at whatever depth.
Result<bool> contains_object(int bucket, const std::string& path, const Context& context);

/// Whether there is anything in it that `remove_leftovers` leaves: also what is no object, such as a link.
Result<bool> holds_others(int bucket, const Context& context);

/// Removes the directory `path` with those in it when nothing else is.
void remove_empty_tree(int bucket, const std::string& path, const Context& context);

/// Removes a temporary file that a program which was killed has left: nobody holds its lock, and nothing was written
/// for an hour. Other files stay, also when that cannot be told.
void remove_if_abandoned(int directory, std::string_view name) noexcept;

/// Removes what programs that died have left in a bucket: temporary files, sidecars, and
/// directories without anything else.
Status remove_leftovers(int bucket, const Context& context);

}  // namespace cloudkit::inline v0::local
