#include "core/source_chunks.h"

#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace cloudkit::inline v0::core {
Error wrong_size(const Source& source, const char* relation) {
  return fail(ErrorCode::io, fmt::format("the source has {} than the {} bytes it announced", relation, source.size()),
              "nothing was stored; it changed while it was read");
}

Status check_end(const Source& source) {
  char beyond = 0;
  const auto count = source.read_at(source.size(), {&beyond, 1});
  if (!count) return count.error();
  return *count == 0 ? Status{} : Status(wrong_size(source, "more"));
}

Status read_bytes(Bytes bytes, const Context& context, const std::function<Status(Bytes)>& take) {
  for (std::size_t at = 0; at < bytes.size(); at += kChunkSize) {
    if (auto status = context.check(); !status) return status;
    if (auto status = take({bytes.data() + at, std::min(kChunkSize, bytes.size() - at)}); !status) return status;
  }
  return {};
}

Status read_source(const Source& source, const Context& context, const std::function<Status(Bytes)>& take) {
  const std::uint64_t size = source.size();
  if (const auto bytes = source.contiguous()) {
    if (bytes->size() != size) return wrong_size(source, bytes->size() < size ? "fewer" : "more");
    return read_bytes(*bytes, context, take);
  }
  const auto capacity = static_cast<std::size_t>(std::min<std::uint64_t>(size, kChunkSize));
  const std::unique_ptr<char[]> buffer(new char[capacity]);
  for (std::uint64_t at = 0; at < size;) {
    if (auto status = context.check(); !status) return status;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(capacity, size - at));
    const auto count = source.read_at(at, {buffer.get(), wanted});
    if (!count) return count.error();
    if (*count == 0 || *count > wanted) return wrong_size(source, *count == 0 ? "fewer" : "more");
    if (auto status = take({buffer.get(), *count}); !status) return status;
    at += *count;
  }
  return check_end(source);
}

}  // namespace cloudkit::inline v0::core
