#pragma once

#include <cloudkit/context.h>

#include <functional>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::core {

enum class EntryKind { file, directory, other };

/// Calls `take` for what is in `directory`, which must be freshly opened, until it answers
/// false. `path` is for messages. Errors: `io`, those of the context.
Status for_each_entry(int directory, const std::string& path, const Context& context,
                      const std::function<bool(std::string_view name, EntryKind kind)>& take);

}  // namespace cloudkit::inline v0::core
