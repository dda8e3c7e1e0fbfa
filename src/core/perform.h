#pragma once

#include "core/named_error.h"

#include <cloudkit/result.h>

#include <string_view>
#include <utility>

namespace cloudkit::inline v0::core {

/// How every call of a handle runs: `body` unless `checked` failed already, with the operation and `resource()` named
/// in any error.
template <class Resource, class Body>
auto perform(std::string_view operation, Resource resource, Status checked, Body body) -> decltype(body()) {
  if (!checked) return named(std::move(checked).error(), operation, resource());
  auto result = body();
  if (!result) return named(std::move(result).error(), operation, resource());
  return result;
}

}  // namespace cloudkit::inline v0::core
