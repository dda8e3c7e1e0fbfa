#pragma once

#include <cloudkit/driver/http.h>

namespace cloudkit::inline v0::http {

/// `source` must live as long as the request. What lies in memory is the body itself, which signers can read at once.
inline void set_body(Request& request, const Source& source) {
  if (const auto bytes = source.contiguous()) {
    request.body = *bytes;
  } else {
    request.source = &source;
  }
}

}  // namespace cloudkit::inline v0::http
