#pragma once

#include <cloudkit/result.h>

#include <string>
#include <string_view>
#include <utility>

namespace cloudkit::inline v0::object_store {

/// Adds what the caller asked for, and on what.
inline Error named(Error error, std::string_view operation, std::string resource) {
  error.operation = operation;
  error.resource = std::move(resource);
  return error;
}

}  // namespace cloudkit::inline v0::object_store
