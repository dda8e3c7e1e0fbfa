#include "http/request_id.h"

#include "core/encode.h"

#include <string_view>

namespace cloudkit::inline v0::http {

std::string request_id_of(const Headers& headers) {
  for (const std::string_view name :
       {"x-amz-request-id", "x-amzn-requestid", "x-ms-request-id", "x-guploader-uploadid", "x-request-id"}) {
    if (const std::string* id = headers.find(name)) return core::printable_excerpt(*id, 128);
  }
  return {};
}

}  // namespace cloudkit::inline v0::http
