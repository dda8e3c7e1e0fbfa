#include "http/object/attributes.h"

#include "core/encode.h"

#include <string>

namespace cloudkit::inline v0::http {

void read_attributes(const Headers& headers, std::string_view metadata_prefix, ObjectInfo& info) {
  info.content.type = headers.get("content-type");
  info.content.cache_control = headers.get("cache-control");
  info.content.encoding = headers.get("content-encoding");
  info.content.disposition = headers.get("content-disposition");
  info.content.language = headers.get("content-language");
  for (const Header& header : headers) {
    const std::string name = core::to_lower(header.name);
    if (name.starts_with(metadata_prefix)) info.metadata.emplace(name.substr(metadata_prefix.size()), header.value);
  }
}

}  // namespace cloudkit::inline v0::http
