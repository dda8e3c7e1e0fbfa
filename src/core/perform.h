#pragma once

#include "core/named_error.h"
#include "core/observer.h"

#include <cloudkit/result.h>

#include <chrono>
#include <string_view>
#include <utility>

namespace cloudkit::inline v0::core {

/// How every call of a handle runs: `body` unless `checked` failed already, with the operation and `resource()` named
/// in any error. The observer, if there is one, hears of it.
template <class Resource, class Body>
auto perform(std::string_view operation, Resource resource, Status checked, Body body) -> decltype(body()) {
  using Outcome = decltype(body());
  const auto observer = current_observer();
  const auto begun = observer ? std::chrono::steady_clock::now() : std::chrono::steady_clock::time_point();
  Outcome result = checked ? body() : Outcome(std::move(checked).error());
  if (!result) {
    Error& error = result.error();
    error = named(std::move(error), operation, resource());
  }
  if (observer) tell_operation(*observer, operation, resource(), begun, result ? nullptr : &result.error());
  return result;
}

}  // namespace cloudkit::inline v0::core
