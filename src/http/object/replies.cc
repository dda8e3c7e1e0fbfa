#include "http/object/replies.h"

#include "core/encode.h"
#include "http/object/ranges.h"

#include <utility>

namespace cloudkit::inline v0::http {

Result<GetHead> parse_get(const ObjectReplies& service, std::string_view key, const std::optional<ByteRange>& range,
                          const Response& reply) {
  auto extent = extent_of_reply(range, reply);
  if (!extent) return service.unexpected(std::move(extent).error().message);
  auto info = service.read_headers(key, reply);
  if (!info) return std::move(info).error();
  info->size = extent->total;
  return GetHead{*std::move(info), extent->offset, extent->length};
}

Result<ObjectInfo> parse_head(const ObjectReplies& service, std::string_view key, const Response& reply) {
  const auto size = core::parse_u64(reply.headers.get("content-length"));
  if (!size) return service.unexpected("the reply does not say how long the object is");
  auto info = service.read_headers(key, reply);
  if (info) info->size = *size;
  return info;
}

}  // namespace cloudkit::inline v0::http
