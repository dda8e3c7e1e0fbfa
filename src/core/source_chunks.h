#pragma once

#include <cloudkit/context.h>
#include <cloudkit/io.h>

#include <functional>

namespace cloudkit::inline v0::core {

/// How much is moved between two looks at the context.
inline constexpr std::size_t kChunkSize = std::size_t{256} << 10;

/// `io`: the source has "fewer" or "more" bytes than it announced.
Error wrong_size(const Source& source, const char* relation);
/// Errors: `io` when there are bytes beyond the source's size; the source's.
Status check_end(const Source& source);

/// Hands all of `source` to `take`, in order. Errors: `io` for a source that has fewer or more
/// bytes than its size says; those of the source, of `take` and of the context.
Status read_source(const Source& source, const Context& context, const std::function<Status(Bytes)>& take);
/// The same for bytes in memory.
Status read_bytes(Bytes bytes, const Context& context, const std::function<Status(Bytes)>& take);

}  // namespace cloudkit::inline v0::core
