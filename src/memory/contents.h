#pragma once

#include <cloudkit/context.h>
#include <cloudkit/io.h>

#include <memory>
#include <string>
#include <vector>

/// Bytes on their way into the store. Errors: `io` for a source that is wrong about its size or
/// larger than memory; those of the context.
namespace cloudkit::inline v0::memory {

/// Of the process, so that no two contents ever share one, in whatever store they are.
std::string next_token();

using Content = std::shared_ptr<const std::string>;

Result<Content> read_whole(const Source& source, const Context& context);
Result<Content> copy_of(Bytes bytes);
Result<Content> join(const std::vector<Content>& parts, const Context& context);

}  // namespace cloudkit::inline v0::memory
