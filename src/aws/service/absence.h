#pragma once

#include <cloudkit/result.h>

#include <optional>
#include <utility>

/// What "not found" is worth where something else was wanted than the thing.
namespace cloudkit::inline v0::aws::service {

inline bool is_missing(const Error& error) { return error.code == ErrorCode::not_found; }

/// Of a removal: what is gone already is as good as removed.
template <class Reply>
Status gone(const Result<Reply>& removed) {
  return removed || is_missing(removed.error()) ? Status{} : Status(removed.error());
}

/// Of a look: what is missing is nothing, and no error.
template <class T>
Result<std::optional<T>> if_there(Result<T> found) {
  if (found) return std::optional<T>(*std::move(found));
  if (is_missing(found.error())) return std::optional<T>();
  return std::move(found).error();
}

}  // namespace cloudkit::inline v0::aws::service
