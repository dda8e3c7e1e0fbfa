#include "core/source_chunks.h"

#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace cloudkit::inline v0::core {
namespace {

Error wrong_size(const char* relation, std::uint64_t size) {
  return fail(ErrorCode::io, fmt::format("the source has {} than the {} bytes it announced", relation, size),
              "nothing was stored; it changed while it was read");
}

Result<bool> ends_at(const Source& source, std::uint64_t offset) {
  char beyond = 0;
  return source.read_at(offset, {&beyond, 1}).map([](std::size_t count) { return count == 0; });
}

}  // namespace

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
    if (bytes->size() != size) return wrong_size(bytes->size() < size ? "fewer" : "more", size);
    return read_bytes(*bytes, context, take);
  }
  const auto capacity = static_cast<std::size_t>(std::min<std::uint64_t>(size, kChunkSize));
  const std::unique_ptr<char[]> buffer(new char[capacity]);
  for (std::uint64_t at = 0; at < size;) {
    if (auto status = context.check(); !status) return status;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(capacity, size - at));
    const auto count = source.read_at(at, {buffer.get(), wanted});
    if (!count) return count.error();
    if (*count == 0 || *count > wanted) return wrong_size(*count == 0 ? "fewer" : "more", size);
    if (auto status = take({buffer.get(), *count}); !status) return status;
    at += *count;
  }
  const auto ended = ends_at(source, size);
  if (!ended) return ended.error();
  if (!*ended) return wrong_size("more", size);
  return {};
}

}  // namespace cloudkit::inline v0::core
