#pragma once

#include <cloudkit/result.h>

#include <utility>

namespace cloudkit::inline v0::core {

/// Whether it succeeded, and why not: for who asked for more than its own caller needs.
template <class T>
Status without_value(Result<T>&& result) {
  if (!result.has_value()) return std::move(result).error();
  return {};
}
template <class T>
Status without_value(const Result<T>& result) {
  if (!result.has_value()) return result.error();
  return {};
}

}  // namespace cloudkit::inline v0::core
