#include "memory/contents.h"

#include "core/fail.h"
#include "core/source_chunks.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <new>
#include <stdexcept>

namespace cloudkit::inline v0::memory {
namespace {

Error out_of_memory(std::uint64_t size) {
  return core::fail(ErrorCode::io, fmt::format("not enough memory for an object of {} bytes", size),
                    "a memory store holds every object whole; use file:// for large ones");
}

// A source may announce anything: what it does not deliver is never touched.
Result<Content> gather(std::uint64_t size, const std::function<Status(std::string&)>& fill) {
  try {
    std::string data;
    data.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(size, SIZE_MAX)));
    if (auto status = fill(data); !status) return status.error();
    return Content(std::make_shared<const std::string>(std::move(data)));
  } catch (const std::bad_alloc&) {
    return out_of_memory(size);
  } catch (const std::length_error&) {
    return out_of_memory(size);
  }
}

}  // namespace

std::string next_token() {
  static std::atomic<std::uint64_t> last{0};
  return fmt::format("{}", ++last);
}

Result<Content> read_whole(const Source& source, const Context& context) {
  return gather(source.size(), [&](std::string& data) {
    return core::read_source(source, context, [&](Bytes chunk) -> Status {
      data.append(chunk.view());
      return {};
    });
  });
}

Result<Content> copy_of(Bytes bytes) {
  return gather(bytes.size(), [&](std::string& data) -> Status {
    data.append(bytes.view());
    return {};
  });
}

Result<Content> join(const std::vector<Content>& parts, const Context& context) {
  if (parts.size() == 1) return parts.front();  // Shared: bytes never change.
  std::uint64_t size = 0;
  for (const Content& part : parts) size += part->size();
  return gather(size, [&](std::string& data) -> Status {
    for (const Content& part : parts) {
      if (auto status = context.check(); !status) return status;
      data += *part;
    }
    return {};
  });
}

}  // namespace cloudkit::inline v0::memory
