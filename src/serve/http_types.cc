#include <cloudkit/serve.h>

#include "core/encode.h"

namespace cloudkit::inline v0 {

std::string_view HttpRequest::header(std::string_view name) const noexcept {
  for (const auto& [key, value] : headers) {
    if (core::equals_ignoring_case(key, name)) return value;
  }
  return {};
}

std::string_view HttpRequest::query_value(std::string_view name) const noexcept {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace cloudkit::inline v0
